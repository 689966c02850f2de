"""What shows only after a long time."""
