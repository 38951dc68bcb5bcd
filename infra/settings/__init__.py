"""Every setting of the platform, and where it is read from."""
