"""Colours of every kind of file, brought to sRGB."""
