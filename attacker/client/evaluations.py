"""What a challenger tells of a closed game, as far as reports are made of it; all else is let be."""

from collections.abc import Collection, Mapping, Sequence
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from attacker.errors import UnexpectedAnswer

Share = Annotated[float, Field(ge=0, le=1)]
Difference = Annotated[float, Field(ge=-1, le=1)]
Point = Annotated[list[Share], Field(min_length=2, max_length=2)]
Count = Annotated[int, Field(ge=0, lt=2**63)]
MOST_EPSILON = 1e6
Document = Mapping[str, Any]


class Told(BaseModel):
    model_config = ConfigDict(strict=True, allow_inf_nan=False, extra="ignore")


class Figure(Told):
    value: Share
    low: Share
    high: Share


class Above(Told):
    value: Difference
    low: Difference
    high: Difference


class Rate(Told):
    """Of nothing the value is null; with `needs`, the sample was too small to tell."""

    value: Share | None
    low: Share | None = None
    high: Share | None = None
    count: Count | None = None
    of: Count | None = None
    needs: Count | None = None

    @model_validator(mode="after")
    def has_an_interval(self) -> Self:
        if self.value is not None and (self.low is None or self.high is None):
            raise ValueError("a rate has an interval")
        return self


class Known(Rate):
    value: Share
    of: Annotated[int, Field(ge=1, lt=2**63)]


class Resolved(Rate):
    @model_validator(mode="after")
    def says_what_it_needs(self) -> Self:
        if self.value is None and self.needs is None:
            raise ValueError("what cannot be told says how many records it takes")
        return self


class OfClass(Told):
    name: str = Field(alias="class")
    members: Count
    non_members: Count
    precision: Rate
    recall: Rate
    fpr: Rate


class OfTarget(Told):
    auc: Share | None
    balanced_accuracy: Share | None
    tpr_at_fpr: dict[str, Share | None]


class Gap(Told):
    above: Above


class Epsilon(Told):
    kind: Literal["lower_bound", "descriptive"]
    value: float = Field(ge=0, le=MOST_EPSILON)
    cap: float = Field(ge=0, le=MOST_EPSILON)


class OfCanaries(Told):
    records: Count
    auc: Figure


class Evaluation(Told):
    """One attack's. What is not told is not shown; what is told has its form."""

    name: str
    parameters: dict[str, Any]
    access: Literal["disjoint", "adaptive"]
    auc: Figure
    recall: Known
    fpr: Known
    precision: Rate
    tpr_at_fpr: dict[str, Resolved]
    accuracy: Rate | None = None
    balanced_accuracy: Rate | None = None
    f1: Rate | None = None
    most_at_risk: Known | None = None
    per_class: list[OfClass] | None = None
    roc: list[Point] | None = Field(None, min_length=1)
    per_target: list[OfTarget] | None = None
    gap: Gap | None = None
    epsilon: Epsilon | None = None
    canaries: OfCanaries | None = None


class Accuracies(Told):
    train_accuracy: Rate
    test_accuracy: Rate


class Control(Told):
    holds: bool


class Evaluated(Told):
    target: Accuracies
    attacks: list[Evaluation]
    controls: dict[str, Control | None] | None = None


class OwnGap(Told):
    value: Difference | None
    low: Difference | None = None
    high: Difference | None = None


class Counts(Told):
    members: list[Count]
    non_members: list[Count]


class Generalised(Accuracies):
    gap: OwnGap
    prediction_accuracy: Counts
    normalised_entropy: Counts


class GeneralisedClass(Generalised):
    name: str = Field(alias="class")
    train_share: Share


class GeneralisedTarget(Generalised):
    per_class: list[GeneralisedClass]


class Generalisation(Told):
    bins: list[Share] = Field(min_length=2)
    targets: list[GeneralisedTarget] = Field(min_length=1)


T = TypeVar("T", bound=Told)


def checked(document: Document, attacks: Collection[str], classes: Sequence[str]) -> Document:
    """A submission's evaluations, one for each of the attacks; raises UnexpectedAnswer."""
    told = read(Evaluated, document)
    if sorted(one.name for one in told.attacks) != sorted(attacks):
        raise UnexpectedAnswer("The challenger evaluated other attacks than were handed in; ask its owner.")
    for one in told.attacks:
        if one.per_class is not None and [of.name for of in one.per_class] != list(classes):
            raise UnexpectedAnswer(f"The challenger evaluated {one.name} on other classes than the game has.")
        if "0.01" not in one.tpr_at_fpr or not all("0.01" in of.tpr_at_fpr for of in one.per_target or ()):
            raise UnexpectedAnswer(f"The challenger tells no TPR of {one.name} at an FPR of 0.01.")
    return document


def checked_generalisation(document: Document, classes: Sequence[str]) -> Document:
    """How the targets generalise, class by class; raises UnexpectedAnswer."""
    told = read(Generalisation, document)
    for target in told.targets:
        if [one.name for one in target.per_class] != list(classes):
            raise UnexpectedAnswer("The challenger tells of other classes than the game has.")
        for one in (target, *target.per_class):
            for counts in (one.prediction_accuracy, one.normalised_entropy):
                if not len(counts.members) == len(counts.non_members) == len(told.bins) - 1:
                    raise UnexpectedAnswer("The challenger's histograms have not as many counts as bins.")
    return document


def read(kind: type[T], document: Document) -> T:
    try:
        return kind.model_validate(document)
    except ValidationError as error:
        [first, *_] = error.errors(include_input=False, include_url=False)
        where = ".".join(map(str, first["loc"]))[:100]
        raise UnexpectedAnswer(
            f"What the challenger tells of the closed game cannot be read "
            f"({where}: {first['msg']}); ask its owner."
        ) from error
