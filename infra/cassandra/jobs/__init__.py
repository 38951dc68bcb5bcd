"""Jobs in Cassandra."""
