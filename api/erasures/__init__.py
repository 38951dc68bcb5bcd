"""Everything that a search finds, deleted for good."""
