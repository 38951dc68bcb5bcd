"""Elasticsearch: sessions, indexes, documents and queries."""
