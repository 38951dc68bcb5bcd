"""Webhooks: which endpoints are told of an event, and how each of them is told at least once."""
