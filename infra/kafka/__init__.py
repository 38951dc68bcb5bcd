"""Kafka: publishing, reading, topics and how its clients are set up."""
