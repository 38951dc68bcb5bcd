"""Pictures that are recognised for one request, and kept nowhere."""
