"""Where references come from: pictures, folders, object stores, manifests and lines."""
