"""Stream processors: recognise, store, index."""
