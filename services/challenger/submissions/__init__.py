"""Submissions: scores and decisions, acknowledged while the game is open, evaluated when it is closed."""
