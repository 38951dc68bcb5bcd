"""Pages of the reference that are made out of the code: settings, the command line and metrics."""
