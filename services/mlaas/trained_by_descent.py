"""A model type that is trained by gradient descent, and so can have the training defences."""

from abc import abstractmethod

from pydantic.dataclasses import dataclass

from services.mlaas.descent import CHECKED, Descent, TrainingDefences
from services.mlaas.model_type import ModelType


@dataclass(frozen=True, kw_only=True, config=CHECKED)
class TrainedByDescent(TrainingDefences, ModelType):
    """Its hyperparameters are fields, with those of `TrainingDefences`; wrong ones are refused."""

    @abstractmethod
    def descent(self) -> Descent:
        """How it is trained to the end."""

    def epsilon(self, records: int) -> float | None:
        if self.differential_privacy is None:
            return None
        from services.mlaas.private_descent import epsilon

        return epsilon(self.descent(), records)
