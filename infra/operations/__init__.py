"""What is done to a running platform: services, and beside each the command line that calls it."""
