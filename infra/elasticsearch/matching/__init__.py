"""What Elasticsearch would answer, told of one document without asking it."""
