"""Leakage reports: what a model gives away of the records it was trained on, told to its owner."""
