"""The published event contract, generated from the models."""
