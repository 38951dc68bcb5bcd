"""How the platform is, and what administrators do to it over HTTP."""
