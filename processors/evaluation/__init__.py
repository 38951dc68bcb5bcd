"""How often a pipeline is right: labelled pictures in, a report out."""
