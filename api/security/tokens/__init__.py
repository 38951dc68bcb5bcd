"""What proves who is asking, and what signs it."""
