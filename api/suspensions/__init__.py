"""Keys and clients that a restore has suspended."""
