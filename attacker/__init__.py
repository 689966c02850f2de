"""The adversary: knows the candidates and an API, never who is a member.

`Audit` and `Play` are the commands of those names; `Found` is what they find. The rest is what a new attack
is written with. Names are imported when they are asked for: much of it is slow to load.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from attacker.attack import Attack, Needs
    from attacker.audit import Audit
    from attacker.errors import AttackerError
    from attacker.finding import Finding
    from attacker.found import Found
    from attacker.play import Play
    from attacker.threat_model import AdversaryView, Case
    from attacker.thresholded import Thresholded

__all__ = [
    "AdversaryView",
    "Attack",
    "AttackerError",
    "Audit",
    "Case",
    "Finding",
    "Found",
    "Needs",
    "Play",
    "Thresholded",
]
HOMES = {
    "AdversaryView": "threat_model",
    "Attack": "attack",
    "AttackerError": "errors",
    "Audit": "audit",
    "Case": "threat_model",
    "Finding": "finding",
    "Found": "found",
    "Needs": "attack",
    "Play": "play",
    "Thresholded": "thresholded",
}


def __getattr__(name: str) -> Any:
    """PEP 562."""
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
