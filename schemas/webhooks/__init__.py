"""Webhooks: the endpoints that outcomes are sent to, what is sent, and the log of deliveries."""
