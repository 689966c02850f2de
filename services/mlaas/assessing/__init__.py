"""What a model leaks, measured by the strongest attacker: its provider, who holds all records. Pure."""
