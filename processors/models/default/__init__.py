"""The default model, built from its package."""
