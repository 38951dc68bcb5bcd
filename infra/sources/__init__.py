"""The ways in which an image is fetched, and the rules for what may be fetched at all."""
