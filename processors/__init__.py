"""Stream processors: recognise, store, index, audit, activity."""
