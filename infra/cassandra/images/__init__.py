"""Images and their results, in Cassandra."""
