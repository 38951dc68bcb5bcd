"""How the platform is at this moment, for a person before a terminal."""
