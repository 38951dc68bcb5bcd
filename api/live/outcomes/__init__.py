"""Outcomes as this process holds them for its clients: those that come, those that came last, and those before."""
