"""Games asked for in pairs alike, in which membership is predicted from all that can be read or measured
before closing.

Every AUC must have 0.5 in its interval, all intervals together with probability 0.999. So that this can fail,
the same predictors are given what a careless challenger would tell: noisy copies of the members, the members'
marginals by class, candidates in the order of the split. And a game of each kind is copied with the truth
exchanged, as the files have it: every answer must be the same to the byte, and come as fast.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from numpy.random import Generator

from benchmarks.speed.processes import told as environment
from torture.contests.pairs import GAMES, Pairs
from torture.contests.sight import Bools, Sight, Told
from torture.found import Found
from torture.guesses.chance import Auc, auc, deviate, together
from torture.guesses.leaks import LEAKS
from torture.guesses.predictors import OF_GAMES_ALIKE, PREDICTORS, learned
from torture.parties import party, provider

FULL, BRIEF = 160, 6
EVERY = 14  # games: the target of the first of so many is asked with a watch; all kinds in turn
ROUNDS = 3  # of questions about all candidates of such a game
REPEATS = 50  # at most, of the same question about a game and its copy, twice
MOST_SUBMISSIONS = "1000000"


def run(much: int, random: Generator, folder: Path) -> Found:
    with challenger(folder) as pairs:
        numbers = range(much // 2)
        ids = [(pairs.create(number), pairs.create(number)) for number in numbers]
        sights = [sight for number in numbers for sight in pair_seen(pairs, ids[number], number, random)]
        members = [pairs.member(sight.id) for sight in sights]
        copies = [pairs.exchanged(sight.id) for sight in sights[: 2 * len(GAMES) : 2]]
        compared = [copy.differing() for copy in copies]
        repeats = min(REPEATS, much)
        acknowledged = [copy.acknowledgements(repeats, random) for copy in copies]
        times = [copy.times(repeats, random) for copy in copies]
        alike, changed = closed(pairs, sights)
    aucs = {
        **by_predictors(sights, members),
        **by_games_alike(sights[::2], members[::2], alike),
        **of_times(times),
        "seconds of an acknowledgement": together(one for one, _ in acknowledged),
    }
    leaks = by_leaks(sights, members, random)
    level = deviate(len(aucs))
    return Found(
        done={
            "games": len(sights),
            "candidates": sum(map(len, members)),
            "predictors": len(aucs),
            "answers compared to the byte": sum(count for count, _ in compared) + 3 * len(alike),
        },
        wrong=[
            *(said for _, differing in compared for said in differing),
            *("an acknowledgement tells right scores from wrong" for _, differs in acknowledged if differs),
            *changed,
            *(f"{name}: AUC {one.shown(level)}" for name, one in aucs.items() if one.tells(level)),
            *(f"{name} are not seen to tell" for name, one in leaks.items() if not one.tells(level)),
        ],
        measured={
            "AUC furthest from 0.5": furthest(aucs, level),
            "AUC": ", ".join(f"{name} {one.shown(level)}" for name, one in aucs.items()),
            "AUC of what must not be told": ", ".join(f"{n} {one.value:.3f}" for n, one in leaks.items()),
        },
    )


def furthest(aucs: Mapping[str, Auc], level: float) -> str:
    name, one = max(aucs.items(), key=lambda found: abs(found[1].value - 0.5))
    return f"{one.shown(level)} by {name}"


@contextmanager
def challenger(folder: Path) -> Iterator[Pairs]:
    datasets = folder / "datasets"
    with environment(CHALLENGER_MOST_SUBMISSIONS=MOST_SUBMISSIONS), provider(folder / "provider") as mlaas:
        more = ("--provider", mlaas.url, "--datasets", str(datasets))
        with (
            party("services.challenger", folder / "challenger", *more) as server,
            Pairs(server, mlaas.url, datasets) as pairs,
        ):
            yield pairs


def pair_seen(pairs: Pairs, ids: tuple[str, str], number: int, random: Generator) -> list[Sight]:
    rounds = ROUNDS if (2 * number) % EVERY == 0 else 0
    first, second = ids
    return [pairs.sight(first, number, 0, rounds, random), pairs.sight(second, number, 1, 0, random)]


def closed(pairs: Pairs, sights: Sequence[Sight]) -> tuple[list[Told], list[str]]:
    """The second game of each pair, now that it is closed; and where the first is told otherwise since."""
    told, changed = [], []
    for first, second in zip(sights[::2], sights[1::2], strict=True):
        before = pairs.digest(first.id)
        told.append(pairs.close(second.id))
        if pairs.digest(first.id) != before:
            changed.append("a game is told otherwise once one asked for alike is closed")
    return told, changed


def by_predictors(sights: Sequence[Sight], members: Sequence[Bools]) -> dict[str, Auc]:
    """Of every guess that applies to some of the games."""
    scores = {name: [guess(sight) for sight in sights] for name, guess in PREDICTORS.items()}
    scores["all of these, learned on closed games"] = list(learned(sights, members))
    found = {
        name: [auc(one, member) for one, member in zip(each, members, strict=True) if one is not None]
        for name, each in scores.items()
    }
    return {name: together(aucs) for name, aucs in found.items() if aucs}


def by_games_alike(
    sights: Sequence[Sight], members: Sequence[Bools], alike: Sequence[Told]
) -> dict[str, Auc]:
    seen = list(zip(sights, members, alike, strict=True))
    return {
        name: together(auc(guess(sight, told), member) for sight, member, told in seen)
        for name, guess in OF_GAMES_ALIKE.items()
    }


def of_times(times: Sequence[Mapping[str, Auc]]) -> dict[str, Auc]:
    found = defaultdict(list)
    for name, one in (item for each in times for item in each.items()):
        found[name].append(one)
    return {name: together(many) for name, many in found.items()}


def by_leaks(sights: Sequence[Sight], members: Sequence[Bools], random: Generator) -> dict[str, Auc]:
    seen = list(zip(sights, members, strict=True))
    return {
        name: together(auc(*leak(sight, member, random)) for sight, member in seen)
        for name, leak in LEAKS.items()
    }
