"""Images deleted for good: one, or everything that a search finds, with a signed list of what is gone."""
