"""Tables for a terminal, from a result; the only place where rates become per cent."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.table import Table

from attacker.attack import Attack

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
