"""The workers, one for each consumer group."""
