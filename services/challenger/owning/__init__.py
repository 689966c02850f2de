"""The owner's side of a game on its own records: files in, tables of numbers out; its deployed model."""
