"""What a model answers: labels, objects, text, embeddings."""
