"""Checks of Kafka and of both stores."""
