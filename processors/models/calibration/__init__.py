"""Whether a model's confidence means what it says, and how it is made to: on pictures whose label is known."""
