"""All that a search finds, as one stream."""
