"""Faust behind one door: delivery, batches, notes beside offsets, and a watch over all of it."""
