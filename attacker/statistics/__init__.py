"""Scores and truth in, evaluation out. Pure, float64; the challenger judges by it."""
