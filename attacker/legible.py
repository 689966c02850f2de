"""Text of others made fit for a screen."""


def legible(text: object) -> str:
    """As one can read it: what cannot be printed, or turns the writing round, shows as a replacement."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in " ".join(str(text).split()))
