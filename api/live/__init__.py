"""Outcomes as they come, told to whoever listens."""
