"""Erasures and leases in Cassandra."""
