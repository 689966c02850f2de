"""What is asked of the provider, compared with what it offers, before a game is begun in vain."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from services.challenger.errors import OptionNotOffered, UnknownProfile


def check(profiles: Iterable[Mapping[str, Any]], profile: str, options: Mapping[str, float]) -> None:
    """Raises UnknownProfile and OptionNotOffered, with what is nearest."""
    offered = {str(item["name"]): item for item in profiles}
    if profile not in offered:
        raise UnknownProfile(f"There is no profile of that name: {nearest(profile, offered)}")
    settable = {str(option["name"]): option for option in offered[profile].get("options", [])}
    for name, value in options.items():
        if name not in settable:
            raise OptionNotOffered(f"{profile} has no option of that name: {nearest(name, settable)}")
        low, high = settable[name].get("minimum"), settable[name].get("maximum")
        if (low is not None and value < low) or (high is not None and value > high):
            raise OptionNotOffered(f"{name} must lie between {low} and {high}.")


def nearest(name: str, known: Iterable[str]) -> str:
    known = sorted(known)
    if close := get_close_matches(name, known):
        return f"did you mean {' or '.join(close)}?"
    return f"choose among {', '.join(known)}." if known else "it takes none."
