"""Tables for a terminal, from a result; the only place where rates become per cent."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.table import Table

from attacker.attack import Attack
from attacker.synthesis import Synthesis

MOST_CLASSES = 12  # shown of a synthesis
RATES = ("precision", "recall", "fpr")


def titled(title: str) -> Table:
    return Table(box=box.SIMPLE_HEAD, pad_edge=False, title=title, title_justify="left")


def attacks(result: Mapping[str, Any]) -> Table:
    """An attack a line, the one named in advance first and marked."""
    primary = result["primary"]
    table = titled("membership inference (rates in per cent)")
    table.add_column("attack", overflow="fold")
    table.add_column("AUC", justify="right", no_wrap=True)
    for heading in ("precision", "recall", "FPR", "TPR at\n1 % FPR"):
        table.add_column(heading, justify="right", no_wrap=True)
    ordered = sorted(result["attacks"], key=lambda attack: attack["name"] != primary)
    for attack in ordered:
        name = f"{attack['name']} *" if attack["name"] == primary else attack["name"]
        rates = [per_cent(attack[rate]) for rate in RATES]
        table.add_row(name, area(attack["auc"]), *rates, per_cent(attack["tpr_at_fpr"]["0.01"]))
    table.caption = f"* named in advance. 95 % intervals. {counts(ordered[0])}".rstrip()
    table.caption_justify = "left"
    return table


def counts(attack: Mapping[str, Any]) -> str:
    of = {rate: attack[rate].get("of") for rate in ("recall", "fpr")}
    return f"{of['recall']} members, {of['fpr']} non-members." if all(of.values()) else ""


def per_cent(rate: Mapping[str, Any]) -> str:
    """A rate above its interval; how many records it would take, where the sample cannot tell."""
    if rate["value"] is None:
        return f"needs {rate['needs']}" if "needs" in rate else "-"
    return f"{100 * rate['value']:.1f}\n[dim]{100 * rate['low']:.1f}-{100 * rate['high']:.1f}[/dim]"


def area(auc: Mapping[str, Any]) -> str:
    return f"{auc['value']:.3f}\n[dim]{auc['low']:.3f}-{auc['high']:.3f}[/dim]"


def ledger(result: Mapping[str, Any]) -> Table:
    """What each phase cost."""
    table = titled("what it cost")
    table.add_column("phase")
    for heading in ("records", "requests", "MB", "seconds", f"money {result['currency']}".rstrip()):
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
    """What attacks there are, what they need and where they come from."""
    table = titled("attacks")
    for heading in ("attack", "what it does", "needs", "paper"):
        table.add_column(heading)
    for attack in attacks:
        name = attack.__module__.rpartition(".")[2]
        shadows = ["shadows"] if attack.needs.shadows else []
        queries = f"{attack.needs.queries_per_candidate} a candidate"
        table.add_row(
            name, attack.summary(), ", ".join([attack.needs.answers, *shadows, queries]), attack.paper
        )
    return table


def synthesis(summary: Mapping[str, Any]) -> Table:
    """Class by class what a synthesis gave, the poorest classes first."""
    table = titled(f"{summary['records']:,} records by {summary['name']}")
    for heading in ("class", "records", "confidence", "queries a record"):
        table.add_column(heading, justify="right" if heading != "class" else "left")
    poorest = sorted(summary["per_class"], key=lambda one: (one["records"], -one.get("queries", 0.0)))
    for one in poorest[:MOST_CLASSES]:
        known = (f"{one['confidence']:.2f}", f"{one['queries']:,.1f}") if one["records"] else ("-", "-")
        table.add_row(one["class"], f"{one['records']:,}", *known)
    if len(poorest) > MOST_CLASSES:
        table.add_row(f"... {len(poorest) - MOST_CLASSES} more", "", "", "")
    each = f"{summary['queries'] / summary['records']:,.1f}" if summary["records"] else "no record for"
    table.caption = f"{each} queries a record in all, {summary['requests']:,} requests."
    table.caption_justify = "left"
    return table


def syntheses(found: Sequence[type[Synthesis]]) -> Table:
    """What ways to shadow data there are, what they work from and how they can be set."""
    table = titled("syntheses")
    for heading in ("synthesis", "what it does", "works from", "settings"):
        table.add_column(heading)
    for one in found:
        settings = "\n".join(f"{name}={value}" for name, value in one().parameters().items())
        table.add_row(one.__module__.rpartition(".")[2], one.summary(), ", ".join(one.works_from), settings)
    return table
