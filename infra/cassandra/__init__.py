"""Cassandra: sessions, errors, migrations, and the tables that belong to no other folder."""
