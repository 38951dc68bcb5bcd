"""Pipelines: described, loaded, promoted and compared."""
