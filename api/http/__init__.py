"""What every route shares: routing, problems, pages, bodies and what surrounds a request."""
