"""Which pipeline counts from now on."""
