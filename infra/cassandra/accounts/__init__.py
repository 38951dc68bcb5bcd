"""Who may ask, in Cassandra: accounts, sessions, keys, clients and what counts against limits."""
