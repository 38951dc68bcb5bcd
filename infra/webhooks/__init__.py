"""How the platform reaches the endpoints of webhooks: guarded addresses, encrypted secrets, signed requests."""
