"""The base of errors that a person can put right."""


class Mistake(Exception):
    """Shown by a command as one line: the text says what is wrong and what to do. Not a bug."""


class DatabaseFault(Mistake):
    """The database did not do what it was asked."""


class DatabaseAway(DatabaseFault):
    """Its server does not answer, is too busy, or refuses."""


class Unstorable(DatabaseFault):
    """A value that it cannot hold, such as a text with a zero character in it."""
