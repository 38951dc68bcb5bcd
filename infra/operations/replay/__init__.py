"""``vedette replay``: history, answered once more by another pipeline."""
