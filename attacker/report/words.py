"""Numbers as a page writes them: rates in per cent, intervals below."""

from collections.abc import Mapping, Sequence
from typing import Any

from attacker.report.markup import Html, joined
from attacker.report.page import with_interval

DASH = "\N{EN DASH}"

Found = Mapping[str, Any]  # {"value", "low", "high"}, and of a rate "needs" where the value is null


def rate(found: Found, unit: str = "") -> Html:
    """In per cent, with its interval; how many records it would take where the sample cannot tell."""
    if found["value"] is None:
        return with_interval("needs", f"{found['needs']:,}") if "needs" in found else joined(DASH)
    low, high = (f"{100 * found[end]:.1f}" for end in ("low", "high"))
    return with_interval(f"{100 * found['value']:.1f}{unit}", f"{low}{DASH}{high}{unit}")


def estimate(found: Found) -> Html:
    """As a fraction, with its interval where there is one."""
    if found["value"] is None:
        return joined(DASH)
    ends = "" if found["low"] is None else f"{found['low']:.3f}{DASH}{found['high']:.3f}"
    return with_interval(f"{found['value']:.3f}", ends)


def bare(value: float | None) -> str:
    """A fraction that has no interval."""
    return DASH if value is None else f"{value:.3f}"


def told(found: Found, written: str = "{:.3f}") -> str:
    """In a sentence."""
    value, low, high = (written.format(found[part]) for part in ("value", "low", "high"))
    return f"{value} ({low} to {high})"


def told_in_per_cent(found: Found, written: str = "{:.1f}") -> str:
    return told({part: 100 * found[part] for part in ("value", "low", "high")}, written)


def amount(value: float) -> str:
    return f"{value:,.0f}"


def listed(words: Sequence[str]) -> str:
    """a; a and b; a, b and c."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
