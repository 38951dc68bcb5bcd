"""Text with a meaning: addresses, moments, names of pictures, and what must be masked in it."""
