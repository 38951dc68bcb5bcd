"""How the outside world is reached: one class for each outside system."""
