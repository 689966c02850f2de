"""What goes wrong and is no bug: what a person can put right, and what the machine cannot do just now."""

import errno

# The disk is full, read-only, somebody else's or failing; too many files are open.
OF_THE_MACHINE = frozenset(
    getattr(errno, name)
    for name in ("ENOSPC", "EDQUOT", "EFBIG", "EROFS", "EACCES", "EPERM", "EIO", "EMFILE", "ENFILE", "ENOMEM")
    if hasattr(errno, name)
)


class Mistake(Exception):
    """Shown by a command as one line: the text says what is wrong and what to do. Not a bug."""


class DatabaseFault(Mistake):
    """The database did not do what it was asked."""


class DatabaseAway(DatabaseFault):
    """Its server does not answer, is too busy, or refuses."""


class Unstorable(DatabaseFault):
    """A value that it cannot hold, such as a text with a zero character in it."""


def of_the_machine(error: BaseException) -> bool:
    """Whether it is the operating system that could not, and may once an operator has made room or rights."""
    return isinstance(error, OSError) and error.errno in OF_THE_MACHINE
