"""Backups of Cassandra and Elasticsearch, away from both, and the way back."""
