"""What a model leaks, as its own provider can measure it: the attacker is run with shadows of its own."""
