"""Jobs: many images from one source, published, followed to their outcomes, and written into result files."""
