"""The hierarchy of labels: what is more general than a label, and how sure that is."""
