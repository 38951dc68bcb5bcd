"""``vedette rebuild``: what can be made again from Cassandra."""
