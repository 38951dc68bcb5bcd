"""What reconciliation remembers of messages and rows, and what it is read from."""
