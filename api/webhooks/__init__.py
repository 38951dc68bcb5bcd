"""Webhooks: the endpoints that a workspace's events are sent to, and the log of deliveries."""
