"""A reproduction line by line: what the paper has, what came out here, at which scale and at what cost."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from attacker.adapting import LABEL_ONLY
from attacker.base import naive_name
from attacker.configuration import PRIMARY
from attacker.ledger import QUERIES
from attacker.paper import Experiment, Metric, PlannedGame, other
from attacker.report.metrics import measured
from attacker.reproducing import Played
from attacker.statistics.classification import classification
from attacker.statistics.draws import draws
from attacker.store import Store


@dataclass(frozen=True)
class Number:
    """A number of the paper, None where it has none, and ours: None where the sample cannot tell."""

    metric: Metric
    paper: float | None
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Line:
    """One game judged by one attack; without numbers, the `reason` why it was not played.

    `dataset` is the paper's, `played_on` the one that stood for it. `records`, `requests`, `seconds` and
    `money` are what the run cost in which this attack was one; the seconds are from the first request to the
    result, with the target's training where that was waited for.
    """

    label: str
    dataset: str
    played_on: str
    profile: str
    members: int
    shadows: int
    attack: str
    source: str
    numbers: tuple[Number, ...] = ()
    records: int = 0
    requests: int = 0
    seconds: float = 0.0
    money: float = 0.0
    currency: str = ""
    run: str = ""
    reason: str = ""

    @property
    def place(self) -> str:
        """What the game was played on, where that stood in another's place."""
        return f" on {self.played_on}" if self.played_on != self.dataset else ""

    @property
    def name(self) -> str:
        """The game, what it was played on if not the paper's data, and the attack if not the paper's."""
        return self.label + self.place + (f", {self.attack}" if self.attack not in ("", PRIMARY) else "")


def lines(experiment: Experiment, played: Played) -> Iterator[Line]:
    """The line of a game; or one for each attack that the experiment names."""
    planned, found = played.planned, played.result
    told = (planned.label, planned.dataset, played.dataset, planned.profile, planned.members)
    if found is None:
        yield unplayed(planned, played.reason)
        return
    entries = {entry["name"]: entry for entry in found["attacks"]}
    if experiment.ratio is not None:
        entries = at_ratio(played)
    ready, ledger = found["shadows"]["ready"], found["ledger"]
    for attack, paper in attacks(experiment, planned, found["primary"], entries).items():
        if attack not in entries:
            reason = f"{attack} could not be fitted on what was answered."
            yield Line(*told, ready, attack, planned.source, reason=reason)
            continue
        yield Line(
            *told,
            ready,
            attack,
            planned.source,
            tuple(
                number(metric, paper.get(metric), measured(metric, found, entries[attack]))
                for metric in experiment.metrics
            ),
            sum(ledger[phase]["records"] for phase in QUERIES if phase in ledger),
            sum(cost["requests"] for cost in ledger.values()),
            found["seconds"],
            sum(cost["money"] for cost in ledger.values()),
            found["currency"],
            str(played.folder),
        )


def attacks(
    experiment: Experiment, planned: PlannedGame, primary: str, entries: Collection[str]
) -> Mapping[str, Mapping[Metric, float]]:
    """The attacks to have a line, with the paper's numbers: that of the paper, or all that are asked for."""
    if not experiment.attackers:
        return planned.by_attack or {primary: planned.paper}
    wanted = [name for attack in experiment.attackers for name in (attack, naive_name(attack))]
    wanted += [name for name in entries if name.startswith(LABEL_ONLY)]
    return {name: planned.paper if name == primary else {} for name in wanted if name in entries}


def elsewhere(experiment: Experiment) -> Iterator[Line]:
    """The games that are played at the other scale alone."""
    for planned in experiment.not_here:
        yield unplayed(planned, f"It is at --scale {other(experiment.scale)}.")


def unplayed(planned: PlannedGame, reason: str) -> Line:
    """What the paper has of a game that was not played, and why it was not."""
    told = (planned.label, planned.dataset, planned.dataset, planned.profile, planned.members)
    numbers = tuple(Number(metric, value, None, None, None) for metric, value in planned.paper.items())
    return Line(*told, planned.shadows, "", planned.source, numbers, reason=reason)


def number(metric: Metric, paper: float | None, rate: Mapping[str, Any]) -> Number:
    return Number(metric, paper, rate["value"], rate.get("low"), rate.get("high"))


def at_ratio(played: Played) -> dict[str, Any]:
    """Every attack's rates for members among twice as many members as others."""
    with Store(played.folder) as store:
        decisions, truth = {one.attack: one.decisions for one in store.judged()}, store.truth()
    assert truth is not None  # the game is closed
    report = classification(decisions, truth, draws(played.planned.label, "ratio"), "two_to_one").as_json()
    return {name: one["1"] | {"accuracy": one["accuracy"]} for name, one in report["classifiers"].items()}
