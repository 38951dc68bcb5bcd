"""Consumer groups: where they begin and stand, what they note, how far they lag, and what they can no longer read."""
