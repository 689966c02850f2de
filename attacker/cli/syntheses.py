"""`attacker syntheses`: what ways to shadow data there are."""


def syntheses() -> None:
    """List the ways to get shadow data, with what they work from and their settings."""
    from rich.console import Console

    from attacker.report import tables
    from attacker.synthesis import SYNTHESES

    Console().print(tables.syntheses([SYNTHESES.load(name) for name in SYNTHESES.names()]))
