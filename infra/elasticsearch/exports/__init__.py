"""All that a search finds, however much it is."""
