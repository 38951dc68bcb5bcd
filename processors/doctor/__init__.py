"""``vedette doctor``: what infra's checks tell, and what only the room with the models can tell."""
