"""The pictures of a reproduced figure, drawn as the paper draws them, from the run folders of its games."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from attacker.adapting import LABEL_ONLY
from attacker.base import NAIVE
from attacker.paper import Experiment, Metric, Picture
from attacker.report import figures, result
from attacker.report.markup import Html
from attacker.report.metrics import HEADINGS, measured, precisions
from attacker.report.page import figure
from attacker.report.pareto import front
from attacker.reproducing import Played

NOT_KNOWN = float("nan")  # a class on which the attack says "member" of nobody has no precision
LEAKAGE: tuple[Metric, ...] = ("auc", "tpr_at_1_fpr")
SIGNALS = {
    "prediction_accuracy": "probability of the true class",
    "normalised_entropy": "normalised entropy of the answer",
}


def pictures(experiment: Experiment, games: Sequence[Played]) -> list[Html]:
    """Figures with their captions; none of games that were not played."""
    shown = [game for game in games if game.result is not None]
    draw: dict[Picture, Callable[[Sequence[Played]], Iterator[Html]]] = {
        "cdf": cdfs,
        "boxes": boxes,
        "scatter": scatters,
        "histograms": histograms,
        "pareto": partial(paretos, experiment),
    }
    return [one for kind in experiment.pictures for one in draw[kind](shown)] if shown else []


def cdfs(games: Sequence[Played]) -> Iterator[Html]:
    """Figures 6 to 9."""
    for rate in ("precision", "recall"):
        found = {named(game): per_class(game, rate) for game in games}
        title = f"Empirical CDF over the classes of the attack's {rate}."
        yield figure(figures.cdf(found, title=title, xlabel=rate), f"{title} {scales(games)}")


def boxes(games: Sequence[Played]) -> Iterator[Html]:
    """Figures 5 and 10: a picture for each series."""
    for series in dict.fromkeys(game.planned.series for game in games):
        some = [game for game in games if game.planned.series == series]
        found = {named(game): precisions(primary(game)) for game in some}
        title = "The attack's precision on the classes; the line connects the medians."
        drawn = figures.boxes(found, title=title, xlabel="target", ylabel="precision")
        yield figure(drawn, f"{title} {scales(some)}")


def scatters(games: Sequence[Played]) -> Iterator[Html]:
    """Figure 11: a point is a class."""
    known = {named(game): (game, owner) for game in games if (owner := owners(game)) is not None}
    factors: dict[str, Callable[[Mapping[str, Any]], float | None]] = {
        "train-test accuracy gap": lambda one: one["gap"]["value"],
        "share of the training set": lambda one: one["train_share"],
    }
    for told, value in factors.items():
        points = {
            label: (known_or_nan(map(value, owner["per_class"])), per_class(game, "precision"))
            for label, (game, owner) in known.items()
        }
        if points:
            title = f"The attack's precision on a class against the class's {told}."
            drawn = figures.scatter(points, title=title, xlabel=told, ylabel="precision")
            yield figure(drawn, f"{title} {scales(games)}")


def histograms(games: Sequence[Played]) -> Iterator[Html]:
    """Figure 12: members against non-members, over all classes and for those that the experiment names."""
    for game in games:
        document = result.generalisation(game.folder)
        if document is None:
            continue
        [owner, *_] = document["targets"]
        of_class = {one["class"]: one for one in owner["per_class"]}
        for label in (None, *game.planned.classes):
            of = owner if label is None else of_class[label]
            for signal, told in SIGNALS.items():
                which = "all classes" if label is None else f"class {label}"
                title = f"{named(game)}, {which}: {told}."
                counts = {"members": of[signal]["members"], "non-members": of[signal]["non_members"]}
                drawn = figures.histograms(document["bins"], counts, title=title, xlabel=told)
                yield figure(drawn, f"{title} {scales([game])}")


def paretos(experiment: Experiment, games: Sequence[Played]) -> Iterator[Html]:
    """What the strongest attacker is left with against the target's accuracy, for each series a picture."""
    for series in dict.fromkeys(game.planned.series for game in games):
        some = [game for game in games if game.planned.series == series]
        for metric in LEAKAGE:
            points = {bare(game): trade(game, strongest(experiment, game), metric) for game in some}
            points = {label: point for label, point in points.items() if None not in point}
            best = front(list(points), *zip(*points.values(), strict=True))
            told = ", ".join(f"{place} {label}" for place, label in enumerate(points, start=1))
            title = f"{series}: {HEADINGS[metric]} of an attacker who adapts, against the target's accuracy."
            drawn = figures.numbered(
                points, best, title=title, xlabel=HEADINGS["test_accuracy"], ylabel=HEADINGS[metric]
            )
            caption = f"{title} The line joins those that nothing beats: {', '.join(best)}. {told}."
            yield figure(drawn, f"{caption} {scales(some)}")


def bare(game: Played) -> str:
    """The label without its series."""
    return game.planned.label.partition(": ")[2] or game.planned.label


def strongest(experiment: Experiment, game: Played) -> Mapping[str, Any]:
    """The entry of the last attack named; of the one turned to, where labels were all that was answered."""
    entries = {entry["name"]: entry for entry in (game.result or {})["attacks"]}
    turned = [name for name in entries if name.startswith(LABEL_ONLY) and not name.endswith(NAIVE)]
    found: Mapping[str, Any] = entries[(turned or list(experiment.attackers))[-1]]
    return found


def trade(game: Played, entry: Mapping[str, Any], metric: Metric) -> tuple[Any, Any]:
    """The target's test accuracy, and what it leaks."""
    found = game.result or {}
    return measured("test_accuracy", found, entry)["value"], measured(metric, found, entry)["value"]


def primary(game: Played) -> Mapping[str, Any]:
    """The entry of the attack that was named in advance."""
    found = game.result or {}
    entry: Mapping[str, Any] = next(one for one in found["attacks"] if one["name"] == found["primary"])
    return entry


def per_class(game: Played, rate: str) -> list[float]:
    """(K,), in the order of the classes."""
    return known_or_nan(one[rate]["value"] for one in primary(game)["per_class"])


def known_or_nan(values: Iterable[float | None]) -> list[float]:
    return [NOT_KNOWN if value is None else value for value in values]


def owners(game: Played) -> Mapping[str, Any] | None:
    """The owner's side of the game's first target, where the challenger told it."""
    document = result.generalisation(game.folder)
    return None if document is None else document["targets"][0]


def named(game: Played) -> str:
    """The game, with the data that stood in another's place."""
    return game.planned.label + (f", {game.dataset}" if game.dataset != game.planned.dataset else "")


def scales(games: Sequence[Played]) -> str:
    """How large the games were, which stands beside every number."""
    told = {f"{game.planned.members:,} members and {ready(game)} shadow models" for game in games}
    return f"{' or '.join(sorted(told))}."


def ready(game: Played) -> int:
    return int((game.result or {})["shadows"]["ready"])
