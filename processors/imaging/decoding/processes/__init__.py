"""Decoding in processes of its own, which may hang or die over a picture at no cost to others."""
