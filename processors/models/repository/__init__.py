"""Where models lie, and whether they are the ones that were put there."""
