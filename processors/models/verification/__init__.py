"""Whether a model gives the same answers however it is run."""
