"""What could be guessed of what nobody is told, and how often such guesses are right."""
