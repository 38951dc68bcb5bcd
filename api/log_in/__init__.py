"""Log-ins: over HTTP, and from the command line."""
