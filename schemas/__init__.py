"""What flows through Vedette: frozen models, no I/O."""
