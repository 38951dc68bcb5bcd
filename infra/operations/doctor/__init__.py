"""What is set against advice on a platform, and how each of it is put right."""
