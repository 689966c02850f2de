"""How the targets generalise, as it is told when a game is closed."""

from pydantic import BaseModel, Field


class Rate(BaseModel):
    """`count` of `of`, with its interval at 95 %; of nothing, the value is null."""

    value: float | None
    low: float | None
    high: float | None
    count: int
    of: int
    needs: int | None = None


class Gap(BaseModel):
    """The training accuracy less the test accuracy, with its interval at 95 %."""

    value: float | None
    low: float | None
    high: float | None


class Histograms(BaseModel):
    """How many records lie in each bin."""

    members: list[int] = Field(description="Of the training records.")
    non_members: list[int] = Field(description="Of the candidates that the target has not seen.")


class Generalised(BaseModel):
    """How a target answers about its training records and about candidates that it has not seen."""

    train_accuracy: Rate
    test_accuracy: Rate
    gap: Gap
    prediction_accuracy: Histograms = Field(description="Of the probability given to a record's own class.")
    normalised_entropy: Histograms = Field(description="Of -sum p log p / log K.")


class GeneralisedClass(Generalised):
    name: str = Field(alias="class")
    train_records: int
    train_share: float = Field(description="Of the training set.")


class GeneralisedTarget(Generalised):
    index: int
    per_class: list[GeneralisedClass] = Field(description="In the order of the game's classes.")


class Generalisation(BaseModel):
    """What the figures 11 and 12 of Shokri et al. (2017) show, told when the game is closed.

    A canary counts with the wrong label that it bears. In a null game no candidate was trained on: the
    members of these figures are other records, and the non-members all candidates.
    """

    game: str
    null: bool
    bins: list[float] = Field(description="The histograms' edges; the last bin has its right end too.")
    targets: list[GeneralisedTarget]
