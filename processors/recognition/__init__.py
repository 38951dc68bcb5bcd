"""The way of one batch: intake, fetch, decode, models, outcomes."""
