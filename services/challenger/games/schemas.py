from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from services.challenger.noise import Mode
from services.challenger.split import Inclusion

State = Literal["preparing", "open", "closed", "failed"]
Access = Literal["disjoint", "adaptive"]


class Rule(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Population(Rule):
    """Real records, none of them a candidate."""

    kind: Literal["population"]


class Noisy(Rule):
    """The population with some features of every record changed."""

    kind: Literal["noisy"]
    rate: float = Field(0.1, ge=0, le=1, description="Share of the features of each record.")
    mode: Mode = Field(
        "flip",
        description="`flip`: binary features take their other value. "
        "`replace`: any feature takes a random value of its format.",
    )


class Shifted(Rule):
    """Real records, none of them a candidate, whose classes are not as frequent as the target's."""

    kind: Literal["shifted"]
    strength: float = Field(
        0.5,
        gt=0,
        le=1,
        description="The share of its records that a class keeps falls geometrically from 1 to 1 - strength "
        "over the classes in a random order; at least to 0.01 and, of a class that has them, 5 records.",
    )


class Marginals(Rule):
    """How each feature is distributed in the population, by itself."""

    kind: Literal["marginals"]


class Format(Rule):
    """Names, kinds and ranges of the features, and nothing of the records."""

    kind: Literal["format"]


class Partial(Rule):
    """Some members and as many non-members of the target, none of them a candidate."""

    kind: Literal["partial"]
    share: float = Field(
        0.2, gt=0, lt=1, description="Of the members, rounded to a number k; as many non-members are told."
    )


RULES: dict[str, type[Rule]] = {
    "population": Population,
    "noisy": Noisy,
    "shifted": Shifted,
    "marginals": Marginals,
    "format": Format,
    "partial": Partial,
}


def of_known_kind(rule: Any) -> Any:
    """Said before pydantic says it, which would repeat what was sent."""
    if isinstance(rule, dict) and rule.get("kind") not in list(RULES):
        raise PydanticCustomError("knowledge_kind", f"kind must be one of {', '.join(RULES)}")
    return rule


Knowledge = Annotated[
    Population | Noisy | Shifted | Marginals | Format | Partial,
    Field(discriminator="kind"),
    BeforeValidator(of_known_kind),
]


Options = dict[str, Annotated[float, Field(allow_inf_nan=False)]]


class NewGame(BaseModel):
    """A contest to be prepared."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"dataset": "location30", "profile": "google", "members": 1200}]},
    )

    dataset: str = Field(max_length=63)
    profile: str = Field(max_length=63)
    options: Options = Field({}, max_length=100)
    members: int = Field(
        1_200,
        ge=2,
        description="Training records of each target (about so many where coins decide); "
        "candidates are twice as many, less what `partial` makes known or `overlap` moves.",
    )
    knowledge: Knowledge = Population(kind="population")
    access: Access = "disjoint"
    targets: int = Field(1, ge=1, description="Target models; they share the candidates.")
    inclusion: Inclusion = Field(
        "half",
        description="`half`: each target learns half of the candidates, in antithetic pairs of targets. "
        "`coin`: each candidate with probability 1/2, independently of all others, in each target.",
    )
    overlap: float = Field(
        0.0,
        ge=0,
        le=0.5,
        description="Share of the population that are members of the target; with as many non-members they "
        "are moved there from the candidates. With 1 target, inclusion `half` and no null game.",
    )
    null: bool = Field(False, description="Train on other records: every attack must come out at 0.5.")
    canaries: int = Field(
        0,
        ge=0,
        description="Candidates that get a wrong label. With the inclusion `half` an even number: "
        "half of them are members of each target.",
    )
    seed: int | None = Field(
        None, ge=0, lt=2**63, description="With the challenger's secret, fixes the split."
    )


class NewTwin(BaseModel):
    """All that a game has under another profile: the same candidates, members, knowledge and rules.

    What an attacker learned on the one it may use on the other. A target whose profile trains alike is the
    same model, served otherwise; else the same records are trained on anew. It takes the base's owner key,
    and to close any game is to tell the truth of all its twins.
    """

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"twin_of": "g-k3v7q2dn5xwa", "profile": "google"}]}
    )

    twin_of: str = Field(max_length=63, description="The id of the base, which is open or closed.")
    profile: str = Field(max_length=63)
    options: Options | None = Field(None, max_length=100, description="Without them, the base's.")

    @model_validator(mode="before")
    @classmethod
    def has_the_rest_of_its_base(cls, content: dict[str, Any]) -> dict[str, Any]:
        fixed = [name for name in NewGame.model_fields if name in content and name not in cls.model_fields]
        if fixed:
            raise PydanticCustomError(
                "twin",
                "a twin differs from its base in profile and options alone: leave out {fixed}",
                {"fixed": ", ".join(fixed)},
            )
        return content


class FeatureDocument(BaseModel):
    name: str
    kind: Literal["binary", "integer", "real", "categorical"]
    min: float
    max: float
    values: list[float] | None = None
    categories: list[str] | None = Field(None, description="The words that the values stand for.")


Finite = Annotated[float, Field(allow_inf_nan=False)]
Word = Annotated[str, Field(min_length=1, max_length=200)]
UploadId = Annotated[str, Field(min_length=1, max_length=20)]


class OwnFeature(FeatureDocument):
    """A column of an owner's records; words are encoded as 0, 1, ... in the order of the categories."""

    model_config = ConfigDict(extra="forbid")

    name: Word
    min: Finite
    max: Finite
    values: list[Finite] | None = Field(None, min_length=1, max_length=100_000, fail_fast=True)
    categories: list[Word] | None = Field(None, min_length=1, max_length=10_000, fail_fast=True)


class OwnRecords(BaseModel):
    """Ids of uploads, NPY (N, 1+D) with the label in column 0, an index of `classes`."""

    model_config = ConfigDict(extra="forbid")

    members: UploadId = Field(description="Records that the target was trained on, or will be.")
    non_members: UploadId = Field(description="Records of the same kind that it was not.")
    population: UploadId | None = Field(
        None, description="More of these, of which the attacker's knowledge is made."
    )


class Deployed(BaseModel):
    """Where a target is that was not trained by the provider, and how its server is asked."""

    model_config = ConfigDict(extra="forbid")

    url: str = Field(max_length=2_000, pattern=r"^https?://[^/@\s]+[^@\s]*$")
    model: str = Field(min_length=1, max_length=200, description="Its name at that server.")
    dialect: str = Field(
        min_length=1, max_length=1_000, description="As `attacker audit --dialect` takes it."
    )
    key_header: str = Field("Authorization", max_length=100, description="The header for an attacker's key.")
    records: int | None = Field(None, ge=1, description="The most that a request may carry.")
    answers: str | None = Field(None, max_length=50, description="What it answers; found out without it.")
    template: str | None = Field(None, max_length=20_000, description="Of the dialect `http`.")


class Elsewhere(Deployed):
    """The same with what it answered its owner: uploads, NPY (N, K), about all members and non-members."""

    answered: "Answered"


class Answered(BaseModel):
    model_config = ConfigDict(extra="forbid")

    members: UploadId
    non_members: UploadId


class OwnersGame(BaseModel):
    """A game on an owner's own records, whose target a provider trains, or has been deployed elsewhere.

    Candidates are as many members as non-members; who they are is the challenger's secret, as in any game.
    """

    model_config = ConfigDict(extra="forbid")

    records: OwnRecords
    name: str = Field(
        "own records", min_length=1, max_length=63, description="What attackers see them called."
    )
    classes: list[Word] = Field(min_length=2, max_length=10_000, fail_fast=True)
    features: list[OwnFeature] = Field(min_length=1, max_length=100_000, fail_fast=True)
    profile: str = Field(
        "google", max_length=63, description="Trains the target; of one that is deployed, the shadows' guess."
    )
    options: Options = Field({}, max_length=100)
    knowledge: Knowledge = Population(kind="population")
    access: Access = "disjoint"
    target: Elsewhere | None = None


def kind_of(asked: dict[str, Any]) -> type[NewGame] | type[NewTwin] | type[OwnersGame]:
    """Which of the three is asked for."""
    if "records" in asked:
        return OwnersGame
    return NewTwin if "twin_of" in asked else NewGame


class LeftOut(BaseModel):
    """Records whose features came before: in the same upload, or in one of those above it."""

    members: int
    non_members: int
    population: int


class CreatedGame(BaseModel):
    id: str
    url: str
    owner_key: str = Field(description="Closes the game. It is shown this once.")
    left_out: LeftOut | None = Field(None, description="Of an owner's own records.")


class Frequencies(BaseModel):
    """Of a discrete feature: every value it may hold, and the share of the records that do."""

    values: list[float]
    probabilities: list[float]


class Quantiles(BaseModel):
    """Of a numeric feature: the quantiles at 0, 1, ..., 100 %."""

    quantiles: list[float] = Field(min_length=101, max_length=101)


class MarginalDocument(FeatureDocument):
    distribution: Frequencies | Quantiles


class MarginalsDocument(BaseModel):
    """What the rule `marginals` grants."""

    kind: Literal["marginals"]
    classes: list[str]
    features: list[MarginalDocument]


class FormatDocument(BaseModel):
    """What the rule `format` grants."""

    kind: Literal["format"]
    classes: list[str]
    features: list[FeatureDocument]
    shape: list[int] | None = None


class Rules(BaseModel):
    knowledge: Knowledge
    access: Access
    overlap: float = Field(
        description="Share of the population, before a rule changes it, that are members of the target; "
        "none of them is a candidate."
    )
    inclusion: Inclusion
    canaries: int = Field(description="How many candidates bear a wrong label.")
    max_submissions: int


class TargetDocument(BaseModel):
    index: int
    model_id: str


class GameDocument(BaseModel):
    """All that an attacker is told."""

    id: str
    twin_of: str | None = Field(None, description="The game whose candidates and truth it shares.")
    state: State
    dataset: str
    provider_url: str
    profile: str
    options: dict[str, float]
    members: int = Field(description="Training records of each target; about so many where coins decide.")
    candidates: int
    classes: list[str] = Field(description="Class k is the label k in column 0 of NPY records.")
    features: list[FeatureDocument]
    shape: list[int] | None = None
    rules: Rules
    targets: list[TargetDocument] = Field(description="Empty until the game is open.")
    deployed: Deployed | None = Field(
        None, description="Where the target is, if not at the provider: the profile is then a guess at it."
    )
    error: str | None = None


class ClosedGame(BaseModel):
    id: str
    state: State
    submissions: int
