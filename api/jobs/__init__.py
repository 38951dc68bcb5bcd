"""Jobs: many images from one source."""
