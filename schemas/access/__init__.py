"""Who may ask, and about whose images."""
