"""What each attack classifier makes of members and of non-members, in the form usual for classifiers."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rich.table import Table

from attacker.analysis import Note, finished, inferred
from attacker.attack_models import KeptModels
from attacker.classifier import CLASSIFIERS
from attacker.errors import CannotAttack, ConfigurationError
from attacker.inference import Operation
from attacker.report.files import whole
from attacker.report.result import CLASSIFIERS_FILE
from attacker.report.tables import per_cent, titled
from attacker.run_transcript import transcript_of
from attacker.statistics.classification import Mix, classification
from attacker.statistics.draws import draws

FILE = CLASSIFIERS_FILE
ATTACK = "shokri:classifier="
KINDS = {"0": "0, non-members", "1": "1, members"}
MEASURES = ("precision", "recall", "f1")
RATIOS: Mapping[str, Mix] = {"balanced": "balanced", "2:1": "two_to_one"}


def report(folder: Path, ratio: str, note: Note) -> dict[str, Any]:
    """Fit the attack with each classifier on a finished run, and hold the decisions against the truth.

    One that cannot be fitted there is noted and left out. The report is in classifiers.json, too; what the
    run's own attacks made of it stays. Raises ConfigurationError where the truth is not known.
    """
    with finished(folder) as (store, challenge):
        if (truth := store.truth()) is None:
            raise ConfigurationError(
                f"Who is a member is not known in {folder}; go on with the game when it is closed, or tell "
                "an audit the --truth."
            )
        seed = store.fact("configuration")["seed"]
        names = [ATTACK + name for name in CLASSIFIERS.names()]
        judged = inferred(
            transcript_of(store, challenge), names, Operation(seed), note, KeptModels(store=store)
        )
        decisions = {one.attack.removeprefix(ATTACK): one.decisions for one in judged}
    if not decisions:
        raise CannotAttack(f"The answers in {folder} suffice for no classifier; see the notes above.")
    found = classification(decisions, truth, draws(str(seed), "classifiers"), RATIOS[ratio]).as_json()
    with whole(folder / FILE) as partial:
        partial.write_text(json.dumps(found, indent=1, allow_nan=False) + "\n")
    return found


def shown(report: Mapping[str, Any]) -> Iterator[Table | str]:
    """A table for each classifier, one of all, and their means, for a terminal."""
    for name, one in report["classifiers"].items():
        yield classified(name, one)
    yield compared(report["classifiers"])
    yield f"Mean F1 for members of all classifiers: {report['mean_f1']:.2f}"
    yield f"Mean accuracy of all classifiers: {report['mean_accuracy']:.2f}"
    trivial = [name for name, one in report["classifiers"].items() if one["only_member"]]
    if trivial:
        [precision] = {report["classifiers"][name]["1"]["precision"]["value"] for name in trivial}
        yield (
            f'These only answer "member": {", ".join(trivial)}. Their precision, {precision:.2f}, is the '
            "share of members among the candidates: they found out nothing."
        )


def classified(name: str, report: Mapping[str, Any]) -> Table:
    """Precision, recall, F1 and support of either kind, and their averages."""
    table = titled(name)
    for heading in ("", "precision", "recall", "F1", "support"):
        table.add_column(heading, justify="right" if heading else "left", min_width=len("precision"))
    total = sum(report[kind]["support"] for kind in KINDS)
    for kind, told in KINDS.items():
        of = report[kind]
        table.add_row(told, *(share(of[measure]["value"]) for measure in MEASURES), str(of["support"]))
    table.add_row("accuracy", "", "", share(report["accuracy"]["value"]), str(total))
    for kind, told in (("macro_avg", "macro average"), ("weighted_avg", "weighted average")):
        table.add_row(told, *(share(report[kind][measure]) for measure in MEASURES), str(total))
    return table


def share(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def compared(reports: Mapping[str, Any]) -> Table:
    """A classifier a line: how well it tells members, with intervals."""
    table = titled("members told by each classifier (per cent)")
    for heading in ("classifier", "F1", "precision", "recall", "accuracy"):
        table.add_column(heading, justify="left" if heading == "classifier" else "right")
    for name, one in reports.items():
        rates = [one["1"][measure] for measure in ("f1", "precision", "recall")]
        table.add_row(name, *map(per_cent, [*rates, one["accuracy"]]))
    return table
