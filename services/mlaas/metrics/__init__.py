"""Figures for an operator's monitoring. They come from the database: every process tells the same."""
