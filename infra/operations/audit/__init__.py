"""The audit trail in Cassandra: chains of entries that nobody can change unnoticed."""
