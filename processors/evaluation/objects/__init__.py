"""How well a detector finds objects: pictures with the true boxes in, average precision and a report out."""
