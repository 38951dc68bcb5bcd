"""The topics of outcomes, for whoever follows them without a consumer group."""
