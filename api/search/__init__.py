"""Results of many images."""
