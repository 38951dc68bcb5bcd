"""How anyone's model comes into the repository."""
