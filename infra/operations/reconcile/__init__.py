"""``vedette reconcile``: what became of every reference, counted from the topics and both stores."""
