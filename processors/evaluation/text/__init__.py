"""How well a pipeline reads: character and word error rates."""
