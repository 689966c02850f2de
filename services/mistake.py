"""The base of errors that a person can put right."""


class Mistake(Exception):
    """Shown by a command as one line: the text says what is wrong and what to do. Not a bug."""
