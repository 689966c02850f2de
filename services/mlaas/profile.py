"""A profile is one black box: what a customer may choose and pays, and all that it may not see.

Each is one TOML file, whose name is the profile's.
"""

import inspect
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError, create_model, model_validator

from services.mistake import Mistake
from services.mlaas.model_type import MODEL_TYPES, are_images
from services.registry import UnknownPlugin


class ProfileInvalid(Mistake):
    """A profile's file is wrong: the operator must mend it."""


class OptionRefused(ValueError):
    """What a customer chose cannot be had. The message says what the profile offers, never what it uses."""


class OptionNotOffered(OptionRefused):
    """The profile has no option of that name."""


class OptionOutOfRange(OptionRefused):
    """The profile has the option, but does not take that value."""


class Part(BaseModel):
    """Read once and never changed; a key that means nothing is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, protected_namespaces=())


class Price(Part):
    """In units of `currency`: for each model trained, and for 1,000 records answered."""

    currency: str
    training: float = Field(ge=0)
    per_1000_records: float = Field(ge=0)


class Option(Part):
    """A choice that is the customer's. `sets` names the hyperparameter behind it and is hidden."""

    name: str
    kind: Literal["integer", "number"]
    default: int | float
    minimum: int | float
    maximum: int | float
    sets: str

    @model_validator(mode="after")
    def default_is_offered(self) -> Self:
        self.checked(self.default)
        return self

    def checked(self, value: object) -> int | float:
        """The value, if the option takes it; raises OptionOutOfRange."""
        if (
            isinstance(value, int | float)
            and not isinstance(value, bool)
            and self.minimum <= value <= self.maximum
        ):
            if self.kind == "number":
                return float(value)
            if value == int(value):
                return int(value)
        kind = "an integer" if self.kind == "integer" else "a number"
        raise OptionOutOfRange(f"The option {self.name} takes {kind} from {self.minimum} to {self.maximum}.")


class Candidate(Part):
    """A model type and all of its hyperparameters: those of the file, the others by default.

    `name` tells candidates of one model type apart. More than `most_records` would take too long.
    """

    name: str = ""
    model_type: str
    most_records: PositiveInt | None = None
    parameters: dict[str, Any] = {}

    @property
    def label(self) -> str:
        return self.name or self.model_type

    @property
    def takes_images(self) -> bool:
        return MODEL_TYPES.load(self.model_type).takes_images

    def suits(self, records: int, features: int, shape: Sequence[int] | None) -> bool:
        """Whether it can be fitted to so many records of so many features and of this declared shape."""
        if self.most_records is not None and records > self.most_records:
            return False
        return not self.takes_images or are_images(shape, features)

    @model_validator(mode="after")
    def parameters_are_known(self) -> Self:
        """Checks each name and type against the arguments of the model type."""
        try:
            arguments = inspect.signature(MODEL_TYPES.load(self.model_type)).parameters.values()
        except UnknownPlugin as error:
            raise ValueError(str(error)) from error
        fields: dict[str, Any] = {each.name: (each.annotation, each.default) for each in arguments}
        known = create_model("parameters", __base__=Part, **fields)
        self.parameters.update(known.model_validate(self.parameters).model_dump())
        return self


class Profile(Part):
    """One black box. Of several candidates, the best on a `holdout` share of the records is used."""

    name: str
    summary: str
    price: Price
    options: tuple[Option, ...] = ()
    holdout: float = Field(0.2, gt=0, lt=1)
    candidates: tuple[Candidate, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def labels_differ(self) -> Self:
        if len({candidate.label for candidate in self.candidates}) < len(self.candidates):
            raise ValueError("candidates: two of one model type need names that differ")
        return self

    @model_validator(mode="after")
    def any_number_of_records_can_be_trained_on(self) -> Self:
        """Of any records, where the profile does not take images alone."""
        boundless = [candidate for candidate in self.candidates if not candidate.most_records]
        if not boundless:
            raise ValueError("candidates: one must do without most_records")
        if not self.takes_images and all(candidate.takes_images for candidate in boundless):
            raise ValueError("candidates: one that takes any records must do without most_records")
        return self

    @model_validator(mode="after")
    def options_set_something(self) -> Self:
        for option in self.options:
            for candidate in self.candidates:
                if option.sets not in candidate.parameters:
                    raise ValueError(f"options: {candidate.model_type} has no hyperparameter {option.sets!r}")
        return self

    @property
    def takes_images(self) -> bool:
        """Whether it can make nothing of records that are not images."""
        return all(candidate.takes_images for candidate in self.candidates)

    def public(self) -> dict[str, Any]:
        """All that a customer may know of it."""
        return {
            "name": self.name,
            "summary": self.summary,
            "price": self.price.model_dump(),
            "options": [option.model_dump(exclude={"sets"}) for option in self.options],
        }

    def resolve(self, options: Mapping[str, object]) -> tuple[Candidate, ...]:
        """The candidates with a customer's options; raises OptionNotOffered and OptionOutOfRange."""
        offered = {option.name: option for option in self.options}
        for name in options:
            if name not in offered:
                remedy = f"it has {', '.join(offered)}." if offered else "it has none."
                raise OptionNotOffered(f"The profile {self.name} has no such option; {remedy}")
        chosen = {
            option.sets: option.checked(options.get(option.name, option.default)) for option in self.options
        }
        return tuple(
            candidate.model_copy(update={"parameters": candidate.parameters | chosen})
            for candidate in self.candidates
        )


def load_profiles(folder: Path) -> dict[str, Profile]:
    """The profiles of all TOML files in a folder, by name; raises ProfileInvalid naming file and key."""
    if not folder.is_dir():
        raise ProfileInvalid(f"there is no folder of profiles {folder}; make it, or name another")
    return {path.stem: load_profile(path) for path in sorted(folder.glob("*.toml"))}


def load_profile(path: Path) -> Profile:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        if "name" in content:
            raise ProfileInvalid(f"{path}: name: the file's name is the profile's: leave the key out")
        return Profile(name=path.stem, **content)
    except tomllib.TOMLDecodeError as error:
        raise ProfileInvalid(f"{path}: not TOML: {error}") from error
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise ProfileInvalid(f"{path}: {wrong}") from error
