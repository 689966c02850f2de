"""The paper's tables and figures as plans: one TOML file each, with the paper's numbers beside the games."""

import math
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from attacker.configuration import Method
from attacker.errors import ConfigurationError, UnknownPluginError

FOLDER = Path(__file__).parent / "experiments"
SCALES = ("quick", "paper")
STANDS_FOR = {"shoppers": "purchase"}  # data sets made in place of others, by how their names begin

Scale = Literal["quick", "paper"]
Picture = Literal["cdf", "boxes", "scatter", "histograms", "pareto"]
Metric = Literal[
    "train_accuracy",
    "test_accuracy",
    "accuracy",
    "balanced_accuracy",
    "precision",
    "recall",
    "f1",
    "auc",
    "fpr",
    "tpr_at_1_fpr",
    "tpr_at_01_fpr",
    "most_at_risk",
    "canary_auc",
    "median_precision",
    "precision_75",
    "precision_90",
]


class Part(BaseModel):
    """Read once and never changed; a key that means nothing is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class PlannedGame(Part):
    """One game of an experiment at one scale: what its owner asks for, how it is played, what the paper has.

    `published_members` is the paper's number of members, where ours is another. `by_attack` gives every
    attack named there a line of its own, with what was published of it. Games of one `series` are drawn
    together. `classes` are those to show the target's answers of. `twin_of` names the game whose records,
    target and shadow models it is played with under its own profile: the attacker then adapts, and one who
    does not is judged beside it.
    """

    label: str
    dataset: str
    profile: str
    options: dict[str, float] = {}
    members: int
    published_members: int | None = None
    knowledge: dict[str, Any] = {"kind": "population"}
    access: Literal["disjoint", "adaptive"] = "disjoint"
    overlap: float = 0.0
    null: bool = False
    canaries: int = 0
    twin_of: str | None = None
    shadows: int
    attacks: str = "shokri,calibrated,loss_threshold,gap"
    synthesis: str | None = None
    count: int | None = None
    shadow_profile: str | None = None
    training_size: int | None = None
    seed: int = 1
    series: str = ""
    classes: tuple[str, ...] = ()
    paper: dict[Metric, float] = {}
    by_attack: dict[str, dict[Metric, float]] = {}
    source: str = ""

    def is_like(self, game: Mapping[str, Any], synthesis: str | None) -> bool:
        """Whether it is played as `game`, a game's document, was, on shadow data from there."""
        rules = game.get("rules", {})
        return (
            (self.dataset, self.profile) == (stood_for(game.get("dataset", "")), game.get("profile"))
            and (self.options, self.knowledge) == (game.get("options"), rules.get("knowledge"))
            and (self.access, self.overlap) == (rules.get("access"), rules.get("overlap", 0.0))
            and synthesis in (None, self.synthesis or self.knowledge["kind"])
        )

    def asked(self, dataset: str) -> dict[str, Any]:
        """The body of POST /v1/games."""
        names = (
            "profile",
            "options",
            "members",
            "knowledge",
            "access",
            "overlap",
            "null",
            "seed",
            "canaries",
        )
        return {"dataset": dataset} | self.model_dump(include=set(names))

    def as_twin(self) -> dict[str, Any]:
        """What is asked for besides its twin: the rest is as there."""
        return self.model_dump(include={"profile", "options"})

    def method(self) -> Method:
        """Raises ConfigurationError."""
        return Method.read(
            shadows=self.shadows,
            attacks=self.attacks,
            primary=None,
            seed=self.seed,
            synthesis=self.synthesis,
            count=self.count,
            access=None,
            precision=None,
            fdr=None,
            shadow_profile=self.shadow_profile,
            training_size=self.training_size,
            adapt=self.twin_of is not None,
            base=None,
        )


class Experiment(Part):
    """A table or figure. `not_here` are games that are played at the other scale alone.

    `attackers` are attacks that every game has a line of, by one who adapts to the defence and by one who
    does not; without them a game has one line, that of its primary attack. A file may have `repeated`
    settings, with each of which every game is played once, and in them, under `games`, those of single games
    by their labels.

    `ratio` is that of members to non-members that the decisions are judged at; None: as many of either.
    """

    name: str
    scale: Scale
    title: str
    source: str
    differences: str
    metrics: tuple[Metric, ...]
    attackers: tuple[str, ...] = ()
    pictures: tuple[Picture, ...] = ()
    ratio: Literal["2:1"] | None = None
    games: tuple[PlannedGame, ...]
    not_here: tuple[PlannedGame, ...] = ()

    @classmethod
    def read(cls, name: str, scale: Scale) -> Self:
        """`name` is one of `names()`, or the path of a TOML file of one's own.

        Raises UnknownPluginError, and ConfigurationError for a file that cannot be meant.
        """
        file = Path(name) if name.endswith(".toml") else FOLDER / f"{name}.toml"
        if not file.is_file():
            raise UnknownPluginError("experiment", name, names(), get_close_matches(name, names()))
        try:
            content = tomllib.loads(file.read_text(encoding="utf-8"))
            every = content.pop("every", {})
            every = {"source": content.get("source", "")} | every
            repeated = content.pop("repeated", [{}])
            games = [every | game for game in content.pop("games", [])]
            games = [game_within(setting, game) for setting in repeated for game in games]
            missing = [game for game in games if at_scale(game, scale) is None]
            return cls(
                name=file.stem,
                scale=scale,
                games=planned(games, scale),
                not_here=planned(missing, other(scale)),
                **content,
            )
        except ValidationError as error:
            wrong = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
            raise ConfigurationError(f"{file} describes no experiment ({wrong}); mend it.") from error
        except (ValueError, RecursionError, TypeError, AttributeError, LookupError) as error:
            raise ConfigurationError(f"{file} is no experiment in TOML ({error}); mend it.") from error


@dataclass(frozen=True)
class PaperNumber:
    """What was published of a game like one that was played, and for which number of members."""

    experiment: str
    label: str
    metric: Metric
    value: float
    members: int
    source: str


def game_within(setting: Mapping[str, Any], game: Mapping[str, Any]) -> dict[str, Any]:
    """A game in one of the settings that all are repeated in; its labels begin with the setting's series."""
    if not setting:
        return dict(game)
    of_game = setting.get("games", {}).get(game["label"], {})
    whole = {**game, **{name: value for name, value in setting.items() if name != "games"}, **of_game}
    labels = {name: f"{setting['series']}: {game[name]}" for name in ("label", "twin_of") if name in game}
    return whole | labels


def names() -> list[str]:
    """In the order of their numbers."""
    return sorted((file.stem for file in FOLDER.glob("*.toml")), key=numbered)


def numbered(name: str) -> tuple[str, int]:
    word, _, number = name.rpartition("-")
    return (word, int(number)) if number.isdigit() else (name, 0)


def planned(games: Sequence[Mapping[str, Any]], scale: Scale) -> tuple[PlannedGame, ...]:
    """Those that are played at the scale."""
    found = (at_scale(game, scale) for game in games)
    return tuple(PlannedGame(**game) for game in found if game is not None)


def other(scale: Scale) -> Scale:
    return "paper" if scale == "quick" else "quick"


def at_scale(game: Mapping[str, Any], scale: Scale) -> dict[str, Any] | None:
    """The game with what differs between the scales decided; None where it is not played at this one."""
    chosen = {
        key: value.get(scale) if isinstance(value, dict) and value and value.keys() <= set(SCALES) else value
        for key, value in game.items()
    }
    return None if None in chosen.values() else chosen


def beside(game: Mapping[str, Any], *, null: bool, synthesis: str | None) -> list[PaperNumber]:
    """The paper's numbers for games like this one: of the nearest size, each metric once.

    Where several tables and figures tell of it, the one that tells most comes first. There are none of null
    games. `synthesis` is what gave the shadow data, None where there is none.
    """
    like = [(one, its) for one, its in published() if its.paper and its.is_like(game, synthesis)]
    if null or not like:
        return []
    nearest = min(distance(its, game["members"]) for _, its in like)
    like = [(one, its) for one, its in like if distance(its, game["members"]) == nearest]
    found: dict[Metric, PaperNumber] = {}
    for experiment, its in sorted(like, key=lambda pair: -len(pair[1].paper)):
        size = its.published_members or its.members
        for metric, value in its.paper.items():
            number = PaperNumber(experiment.name, its.label, metric, value, size, its.source)
            found.setdefault(metric, number)
    return list(found.values())


def distance(game: PlannedGame, members: int) -> float:
    return abs(math.log((game.published_members or game.members) / members))


def published() -> Iterator[tuple[Experiment, PlannedGame]]:
    """Every game of the paper, at its own scale."""
    for name in names():
        experiment = Experiment.read(name, "paper")
        for game in experiment.games:
            yield experiment, game


def stood_for(dataset: str) -> str:
    """The data set in whose place another was made, or the same."""
    for start, original in STANDS_FOR.items():
        if dataset.startswith(start):
            return original + dataset.removeprefix(start)
    return dataset
