"""How messages travel beside their values: envelopes, retries, replays and notes."""
