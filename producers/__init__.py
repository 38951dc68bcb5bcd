"""Publishing image references."""
