"""What a backup is on disk: rows, parts, seals and the manifest."""
