"""From a picture's pixels to lines of text and their words."""
