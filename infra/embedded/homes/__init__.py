"""Where an embedded platform lies: its folder, its ports, and how its servers are reached."""
