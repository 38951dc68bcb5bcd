"""``vedette migrate``: topics, tables, indexes and consumer groups brought to the present state."""
