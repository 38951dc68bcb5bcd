"""Image bytes into pixels that a model takes."""
