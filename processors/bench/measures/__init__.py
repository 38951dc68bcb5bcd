"""What ``vedette bench`` measures, each in a file."""
