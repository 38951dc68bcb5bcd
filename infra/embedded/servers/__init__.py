"""The three servers, started from their published jars."""
