"""The adversary: knows the candidates and an API, never who is a member.

`Audit` attacks a model, `Play` plays a game, `Found` is what came out; the commands stand on the same.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from attacker.audit import Audit as Audit
    from attacker.found import Found as Found
    from attacker.play import Play as Play

HOMES = {"Audit": "attacker.audit", "Found": "attacker.found", "Play": "attacker.play"}
__all__ = ["Audit", "Found", "Play"]


def __getattr__(name: str) -> Any:
    """Loaded when asked for: whoever needs the statistics alone need not wait for the rest."""
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(HOMES[name]), name)
