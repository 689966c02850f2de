"""How to go down a gradient, and what is done against leakage on the way: numbers alone, no torch."""

from dataclasses import dataclass as plain_dataclass
from dataclasses import field
from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeFloat,
    PositiveFloat,
    PositiveInt,
    model_validator,
)
from pydantic.dataclasses import dataclass

CHECKED = ConfigDict(extra="forbid", allow_inf_nan=False)

Optimizer = Literal["adam", "sgd"]
Share = Annotated[float, Field(ge=0, lt=1)]


class Setting(BaseModel):
    """A hyperparameter of several numbers."""

    model_config = CHECKED | ConfigDict(frozen=True)


class EarlyStopping(Setting):
    """Keep a `holdout` share of the records aside, of every class alike; stop after `patience` epochs in a
    row without a smaller loss there, and take the weights of the smallest.
    """

    holdout: float = Field(0.1, gt=0, lt=1)
    patience: PositiveInt = 10


class DifferentialPrivacy(Setting):
    """DP-SGD (Abadi et al. 2016, Algorithm 1): each record's gradient is clipped to `clipping_norm`, noise of
    `noise_multiplier` times as much is added to their sum; `delta` is what epsilon is stated for.

    Features are clipped to +-`feature_bound` and divided by it, a number known before the records are: a
    scale measured on them would depend on each.
    """

    clipping_norm: PositiveFloat = 1.0
    noise_multiplier: PositiveFloat
    delta: float = Field(1e-5, gt=0, lt=1)
    feature_bound: PositiveFloat = 1.0


@dataclass(frozen=True, kw_only=True, config=CHECKED)
class TrainingDefences:
    """What any model that is trained by gradient descent can have against leakage; by default nothing.

    l2: the penalty whose gradient, l2 x parameters, is added to that of the loss, with Adam before its
        scaling: Torch7's weightDecay, the likely meaning of the ladder of Shokri et al. (2017, Table III).
    weight_decay: each step shrinks the parameters by rate x this, apart from the gradient (Loshchilov and
        Hutter 2019).
    label_smoothing: the share of each target that is spread evenly over all classes (Szegedy et al. 2016).
    mixup: alpha of Zhang et al. (2018), 0 for none.
    relaxloss: alpha of Chen et al. (2022), the loss below which training is turned round, 0 for none.
    """

    l2: NonNegativeFloat = 0.0
    weight_decay: NonNegativeFloat = 0.0
    early_stopping: EarlyStopping | None = None
    label_smoothing: Share = 0.0
    mixup: NonNegativeFloat = 0.0
    relaxloss: NonNegativeFloat = 0.0
    differential_privacy: DifferentialPrivacy | None = None

    @model_validator(mode="after")
    def go_together(self) -> Self:
        if self.relaxloss and (self.mixup or self.label_smoothing):
            raise ValueError("relaxloss needs targets of one class: leave mixup and label_smoothing out")
        if self.differential_privacy and (self.early_stopping or self.mixup or self.relaxloss):
            raise ValueError(
                "differential_privacy is void where a record decides on what others do: "
                "leave early_stopping, mixup and relaxloss out"
            )
        return self


@plain_dataclass(frozen=True)
class Descent:
    """The optimiser, its rate, and for how many epochs in batches of how many records.

    The rate falls as Torch7's did: learning_rate / (1 + steps x decay).
    """

    optimizer: Optimizer
    learning_rate: float
    decay: float
    batch: int
    epochs: int
    defences: TrainingDefences = field(default_factory=TrainingDefences)
