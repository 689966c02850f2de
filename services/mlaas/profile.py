"""A profile is one black box: what a customer may choose and pays, and all that it may not see.

Each is one TOML file, whose name is the profile's. One may extend another: its keys take the other's place.
"""

import inspect
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError, create_model, model_validator

from services.mistake import Mistake
from services.mlaas.defence import DEFENCES, Defence
from services.mlaas.model_type import MODEL_TYPES, ModelType, are_images
from services.registry import Registry, UnknownPlugin

# Hyperparameters against leakage; a model type can have those that are arguments of its own.
TRAINING_DEFENCES = (
    "l2",
    "dropout",
    "early_stopping",
    "label_smoothing",
    "mixup",
    "relaxloss",
    "differential_privacy",
)


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

    def make(self) -> ModelType:
        return MODEL_TYPES.load(self.model_type)(**self.parameters)

    @model_validator(mode="after")
    def parameters_are_known(self) -> Self:
        self.parameters.update(checked(MODEL_TYPES, self.model_type, self.parameters))
        self.make()  # refuses what cannot go together
        return self


class OutputDefence(Part):
    """What is done to an answer before it leaves: a plug-in of `defences/` and its parameters."""

    defence: str
    parameters: dict[str, Any] = {}

    @model_validator(mode="after")
    def parameters_are_known(self) -> Self:
        self.parameters.update(checked(DEFENCES, self.defence, self.parameters))
        return self

    def make(self) -> Defence:
        return DEFENCES.load(self.defence)(**self.parameters)


class QueryDefences(Part):
    """Limits on what an account, the owner's like any other, may ask of one model; whether it is watched.

    `quota`: records in all. `per_minute`: records in any minute. `detect`: keep sketches of what is asked,
    in which `mlaas usage --suspicious` looks for searches around single records.
    """

    quota: int | None = Field(None, ge=0)
    per_minute: PositiveInt | None = None
    detect: bool = False


class Profile(Part):
    """One black box. Of several candidates, the best on a `holdout` share of the records is used.

    `training_defences` are hyperparameters given to every candidate. `defences` change the answers, in the
    order given. `select` says what is best: the accuracy alone, or less what the candidate leaks.
    """

    name: str
    extends: str | None = None  # whose keys its own take the place of
    summary: str
    price: Price
    options: tuple[Option, ...] = ()
    holdout: float = Field(0.2, gt=0, lt=1)
    select: Literal["accuracy", "accuracy_and_leakage"] = "accuracy"
    candidates: tuple[Candidate, ...] = Field(min_length=1)
    training_defences: dict[str, Any] = {}
    defences: tuple[OutputDefence, ...] = ()
    queries: QueryDefences = QueryDefences()

    @model_validator(mode="before")
    @classmethod
    def training_defences_are_hyperparameters(cls, content: Any) -> Any:
        """Gives them to every candidate; refuses one that its model type cannot have."""
        defences, candidates = content.get("training_defences", {}), content.get("candidates", ())
        if not isinstance(defences, dict) or not isinstance(candidates, list | tuple):
            return content  # refused in their turn
        if unknown := [name for name in defences if name not in TRAINING_DEFENCES]:
            raise ValueError(
                f"training_defences: there is no {unknown[0]}; choose among {', '.join(TRAINING_DEFENCES)}"
            )
        given = [candidate_with(defences, candidate) for candidate in candidates]
        return content | {"candidates": given}

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

    @model_validator(mode="after")
    def nothing_private_is_chosen_by_its_records(self) -> Self:
        private = [each for each in self.candidates if each.parameters.get("differential_privacy")]
        if private and len(self.candidates) > 1:
            raise ValueError(
                "candidates: choosing among several by a hold-out reveals more than differential_privacy "
                "states; keep one"
            )
        return self

    @model_validator(mode="after")
    def one_defence_learns(self) -> Self:
        """A model has one guard, which is fitted to its records without privacy."""
        learning = [each.defence for each in self.defences if DEFENCES.load(each.defence).learns]
        if len(learning) > 1:
            raise ValueError("defences: only one may be of those that learn a classifier")
        if learning and any(each.parameters.get("differential_privacy") for each in self.candidates):
            raise ValueError(
                f"defences: {learning[0]} learns more than differential_privacy states; leave one out"
            )
        return self

    @property
    def takes_images(self) -> bool:
        """Whether it can make nothing of records that are not images."""
        return all(candidate.takes_images for candidate in self.candidates)

    @property
    def recipe(self) -> dict[str, Any]:
        """All that a trained model depends on: what is trained alike may be served under either profile."""
        return self.model_dump(include={"options", "holdout", "select", "candidates"})

    def make_defences(self) -> tuple[Defence, ...]:
        """The output defences in their order."""
        return tuple(each.make() for each in self.defences)

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


def checked(plugins: Registry[Any], name: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """All parameters of a plug-in, those left out by default; raises ValueError for what it does not take."""
    try:
        arguments = inspect.signature(plugins.load(name)).parameters.values()
    except UnknownPlugin as error:
        raise ValueError(str(error)) from error
    fields: dict[str, Any] = {each.name: (each.annotation, each.default) for each in arguments}
    known = create_model("parameters", __base__=Part, **fields)
    return known.model_validate(dict(parameters)).model_dump()


def candidate_with(defences: Mapping[str, Any], candidate: Any) -> Any:
    """A candidate as the file has it, with the training defences among its parameters; raises ValueError."""
    if not isinstance(candidate, dict) or not isinstance(candidate.get("parameters", {}), dict):
        return candidate  # made already, or refused in its turn
    model_type = candidate.get("model_type", "")
    if defences and model_type in MODEL_TYPES.names():
        family = MODEL_TYPES.load(model_type)
        can = inspect.signature(family).parameters
        for name in defences:
            if name not in can:
                having = ", ".join(each for each in TRAINING_DEFENCES if each in can) or "none"
                raise ValueError(
                    f"training_defences: {model_type} cannot have {name}: {family.lacks}; "
                    f"it can have: {having}"
                )
    return candidate | {"parameters": candidate.get("parameters", {}) | defences}


def load_profiles(*folders: Path) -> dict[str, Profile]:
    """The profiles of all TOML files in some folders, by name; a later folder's come before an earlier's.

    Raises ProfileInvalid naming file and key.
    """
    files: dict[str, Path] = {}
    for folder in folders:
        if not folder.is_dir():
            raise ProfileInvalid(f"there is no folder of profiles {folder}; make it, or name another")
        files |= {path.stem: path for path in sorted(folder.glob("*.toml"))}
    return {name: made(path, files) for name, path in files.items()}


def load_profile(path: Path) -> Profile:
    """One profile, which may extend others of its folder; raises ProfileInvalid."""
    return made(path, {each.stem: each for each in path.parent.glob("*.toml")})


def made(path: Path, files: Mapping[str, Path]) -> Profile:
    try:
        return Profile(name=path.stem, **content_of(path, files))
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise ProfileInvalid(f"{path}: {wrong}") from error


def content_of(path: Path, files: Mapping[str, Path], below: tuple[Path, ...] = ()) -> dict[str, Any]:
    """What a file says, on top of what the one that it extends says; `below` are those that extend it."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:  # nor UTF-8, or a number of 5,000 digits
        raise ProfileInvalid(f"{path}: not TOML: {error}") from error
    if "name" in content:
        raise ProfileInvalid(f"{path}: name: the file's name is the profile's: leave the key out")
    if (extended := content.pop("extends", None)) is None:
        return content
    base = files.get(str(extended))
    if base is None:
        raise ProfileInvalid(f"{path}: extends: there is no profile {extended}; name another's file")
    if base in (path, *below):
        raise ProfileInvalid(f"{path}: extends: {extended} extends this profile; end the circle")
    return content_of(base, files, (*below, path)) | content | {"extends": extended}
