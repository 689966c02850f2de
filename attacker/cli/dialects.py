"""`attacker dialects`: which prediction servers can be asked."""


def dialects() -> None:
    """List the dialects in which deployed models are asked, with their settings."""
    from rich.console import Console

    from attacker.dialect import DIALECTS
    from attacker.report import tables

    Console().print(tables.dialects({name: DIALECTS.load(name) for name in DIALECTS.names()}))
