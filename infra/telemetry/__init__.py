"""What processes tell of themselves: logs and metrics."""
