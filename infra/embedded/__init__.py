"""Kafka, Cassandra and Elasticsearch as child processes of this machine."""
