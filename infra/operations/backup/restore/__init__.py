"""The way back from a backup: what is checked, what is written, and which rights stay taken away."""
