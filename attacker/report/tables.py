"""Tables for a terminal, from a result; the only place where rates become per cent."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, cast

from rich import box
from rich.markup import escape
from rich.table import Table

from attacker.attack import Attack
from attacker.classifier import CLASSIFIERS
from attacker.dialect import Dialect
from attacker.legible import legible
from attacker.registry import parameters
from attacker.synthesis import Synthesis

MOST_CLASSES = 12  # shown of a synthesis
COLUMNS = {
    "precision": ("precision",),
    "recall": ("recall",),
    "FPR": ("fpr",),
    "TPR at\n1 % FPR": ("tpr_at_fpr", "0.01"),
    "TPR at\n0.1 % FPR": ("tpr_at_fpr", "0.001"),
}
NEEDS_WIDTH = 23  # of a column, so that the one beside it has room
T = TypeVar("T", Attack, Synthesis)


def titled(title: str) -> Table:
    return Table(box=box.SIMPLE_HEAD, pad_edge=False, title=title, title_justify="left")


def bare(text: str) -> str:
    """What others wrote: no colours of theirs, nor other commands."""
    return escape(legible(text))


def attacks(result: Mapping[str, Any]) -> Table:
    """An attack a line, the one named in advance first, apart from the best in hindsight."""
    primary, best = result["primary"], max(result["attacks"], key=lambda attack: attack["auc"]["value"])
    table = titled("membership inference (rates in per cent)")
    table.padding = (0, 1, 0, 0)
    table.add_column("attack", overflow="fold")
    for heading in ("AUC", *COLUMNS):
        table.add_column(heading, justify="right", no_wrap=True)
    ordered = sorted(result["attacks"], key=lambda attack: attack["name"] != primary)
    for attack in ordered:
        mark = " *" if attack["name"] == primary else " +" if attack is best else ""
        rates = [per_cent(rate_in(attack, path)) for path in COLUMNS.values()]
        name = f"{attack['name']}{mark}\n[dim]{attack['access']}[/dim]"
        table.add_row(name, area(attack["auc"]), *rates, end_section=attack["name"] == primary)
    table.caption = "\n".join(remarks(ordered))
    table.caption_justify = "left"
    return table


def remarks(ordered: Sequence[Mapping[str, Any]]) -> list[str]:
    """What stands below the table; the attack named in advance is the first."""
    first = ordered[0]
    said = [f"* named in advance, + the best of {len(ordered)} in hindsight. 95 % intervals. {counts(first)}"]
    if "gap" in first:
        above = first["gap"]["above"]
        said.append(
            f"{first['name']} is {100 * above['value']:+.1f} points of balanced accuracy from the gap attack "
            f"({100 * above['low']:+.1f} to {100 * above['high']:+.1f})."
        )
    if "epsilon" in first:
        epsilon = first["epsilon"]
        kind = "at least" if epsilon["kind"] == "lower_bound" else "descriptively"
        said.append(
            f"Its epsilon is {kind} {epsilon['value']:.2f}; {epsilon['cap']:.2f} is the most to be shown."
        )
    return [line.rstrip() for line in said]


def rate_in(attack: Mapping[str, Any], path: Sequence[str]) -> Mapping[str, Any]:
    found: Any = attack
    for name in path:
        found = found.get(name, {"value": None})
    return cast(Mapping[str, Any], found)


def counts(attack: Mapping[str, Any]) -> str:
    of = {rate: attack[rate].get("of") for rate in ("recall", "fpr")}
    return f"{of['recall']} members, {of['fpr']} non-members." if all(of.values()) else ""


def per_cent(rate: Mapping[str, Any]) -> str:
    """A rate above its interval; how many records it would take, where the sample cannot tell."""
    if rate["value"] is None:
        return f"needs\n{rate['needs']:,}" if "needs" in rate else "-"
    return f"{100 * rate['value']:.1f}\n[dim]{brief(rate['low'])}-{brief(rate['high'])}[/dim]"


def brief(share: float) -> str:
    """Per cent, with a decimal where it matters: near none and near all. A line is 80 characters."""
    return f"{100 * share:.0f}" if 0.1 <= share <= 0.9 or share == 1 else f"{100 * share:.1f}"


def area(auc: Mapping[str, Any]) -> str:
    low, high = (f"{auc[end]:.3f}".removeprefix("0") for end in ("low", "high"))
    return f"{auc['value']:.3f}\n[dim]{low}-{high}[/dim]"


def ledger(result: Mapping[str, Any]) -> Table:
    """What each phase cost."""
    table = titled("what it cost")
    table.add_column("phase")
    for heading in ("records", "requests", "MB", "seconds", f"money {bare(result['currency'])}".rstrip()):
        table.add_column(heading, justify="right")
    for phase, cost in result["ledger"].items():
        table.add_row(
            phase.replace("_", " "),
            f"{cost['records']:,}",
            f"{cost['requests']:,}",
            f"{cost['bytes'] / 1e6:.1f}",
            f"{cost['seconds']:.1f}",
            f"{cost['money']:.2f}",
        )
    return table


def listing(attacks: Sequence[type[Attack]]) -> Table:
    """What attacks there are, what they need, how they can be set and where they come from."""
    table = catalogue("attacks", "attack", attacks, "needs", needs)
    table.caption = f"Written as shokri:classifier=svm. Classifiers: {', '.join(CLASSIFIERS.names())}."
    table.caption_justify = "left"
    return table


def dialects(known: Mapping[str, type[Dialect]]) -> Table:
    """Which servers can be asked, and the settings with their defaults."""
    table = titled("dialects")
    for heading in ("dialect", "servers", "settings"):
        table.add_column(heading, overflow="fold")
    for name, dialect in known.items():
        said = inspect.getmodule(dialect)
        first = (inspect.getdoc(said) or "").partition("\n")[0]
        settings = [f"{one}={value}" for one, value in parameters(dialect()).items()]
        table.add_row(name, first, "\n".join(settings) or "none")
    table.caption = "Written as instances:path=/invocations:send=inputs."
    table.caption_justify = "left"
    return table


def needs(attack: type[Attack]) -> str:
    """What an attack works from; with how many queries, where it asks around a candidate too."""
    wanted, probe = attack.needs, attack().probe()
    more = {
        "shadows": wanted.shadows,
        "their answers to the candidates": wanted.references,
        "known non-members": wanted.known,
        "the records themselves": wanted.features,
    }
    queries = [f"{1 + probe.queries} queries a candidate"] if probe else []
    return ", ".join([wanted.answers, *(name for name, needed in more.items() if needed), *queries])


def synthesis(summary: Mapping[str, Any]) -> Table:
    """Class by class what a synthesis gave, the poorest classes first."""
    table = titled(f"{summary['records']:,} records by {summary['name']}")
    for heading in ("class", "records", "confidence", "queries a record"):
        table.add_column(heading, justify="right" if heading != "class" else "left")
    poorest = sorted(summary["per_class"], key=lambda one: (one["records"], -one.get("queries", 0.0)))
    for one in poorest[:MOST_CLASSES]:
        known = (f"{one['confidence']:.2f}", f"{one['queries']:,.1f}") if one["records"] else ("-", "-")
        table.add_row(bare(one["class"]), f"{one['records']:,}", *known)
    if len(poorest) > MOST_CLASSES:
        table.add_row(f"... {len(poorest) - MOST_CLASSES} more", "", "", "")
    each = f"{summary['queries'] / summary['records']:,.1f}" if summary["records"] else "no record for"
    table.caption = f"{each} queries a record in all, {summary['requests']:,} requests."
    table.caption_justify = "left"
    return table


def syntheses(found: Sequence[type[Synthesis]]) -> Table:
    """What ways to shadow data there are, how they can be set, and what they work from."""
    return catalogue("syntheses", "synthesis", found, "works from", lambda one: ", ".join(one.works_from))


def catalogue(
    title: str, kind: str, plugins: Sequence[type[T]], needed: str, needs: Callable[[type[T]], str]
) -> Table:
    """A plug-in a line: its name and settings as they are written, what it does, what it needs."""
    table = titled(title)
    table.leading = 1
    table.add_column(f"{kind} and settings", no_wrap=True)
    table.add_column("what it does, by whom", overflow="fold")
    table.add_column(needed, overflow="fold", max_width=NEEDS_WIDTH)
    for plugin in plugins:
        name = plugin.__module__.rpartition(".")[2]
        name += "".join(f"\n  :{setting}={value}" for setting, value in plugin().parameters().items())
        table.add_row(name, f"{plugin.summary()}\n[dim]{plugin.paper}[/dim]", needs(plugin))
    return table
