"""Dead letters: looked at, published once more, or put away."""
