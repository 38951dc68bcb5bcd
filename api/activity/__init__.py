"""What happens in the API, told on topic ``activity``, and what is read of it again."""
