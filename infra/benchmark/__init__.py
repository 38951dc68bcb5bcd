"""How fast the whole way is on this machine."""
