"""Images: sent, looked at, deleted, and asked about."""
