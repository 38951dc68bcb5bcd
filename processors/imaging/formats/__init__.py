"""What the formats of image files mean, pixel by pixel."""
