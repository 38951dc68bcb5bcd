"""Endpoints of webhooks and the log of deliveries, in Cassandra."""
