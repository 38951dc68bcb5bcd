"""Passwords: asked for, hashed, checked, and none that is easy to guess."""
