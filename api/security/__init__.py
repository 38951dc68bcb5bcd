"""Who is asking: passwords, tokens and the key that signs them."""
