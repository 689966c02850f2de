"""A model of a bare service, as a user names it: no challenger, the user brings the records."""

from dataclasses import dataclass
from pathlib import Path

from attacker import description, records
from attacker.challenge import Challenge
from attacker.client.documents import Model
from attacker.client.provider import Provider
from attacker.errors import CannotAttack, ConfigurationError
from attacker.knowledge import Knowledge
from attacker.records import Records
from attacker.threat_model import Access


@dataclass(frozen=True)
class Audited:
    """What a user names to attack a model without a game.

    `population` are records, `partial` known members and as many non-members after them, `knowledge` a file
    of marginals or of the format; none: the format is the model's. `members` is the size of its training set:
    half of the population, when it is not known.
    """

    service_url: str
    model_id: str
    candidates: Path
    population: Path | None
    partial: Path | None
    knowledge: Path | None
    members: int | None
    truth: Path | None


def challenge_of_model(provider: Provider, audited: Audited, access: Access | None) -> Challenge:
    """The user's own question about a model: the format is the model's, the records are the user's."""
    model = ready_model(provider, audited.model_id)
    candidates = records.read(audited.candidates, model.classes, len(model.format) or None)
    known = given(audited, knowledge_of_model(model, audited.knowledge), model.classes, candidates)
    check_truth(audited, candidates)
    return Challenge.of_model(audited.service_url, model, candidates, known, audited.members, access)


def given(audited: Audited, known: Knowledge, classes: tuple[str, ...], candidates: Records) -> Knowledge:
    """With the records that the user gives, where there are some; raises ConfigurationError."""
    if (file := audited.partial or audited.population) is None:
        return known
    found = records.read(file, classes, candidates.features.shape[1])
    if audited.partial and len(found) % 2:
        raise ConfigurationError(
            f"{file} has {len(found)} records; known members come first, then as many non-members."
        )
    return Knowledge("partial" if audited.partial else "population", known.format, found)


def check_truth(audited: Audited, candidates: Records) -> None:
    """Refused now rather than when all is paid."""
    if audited.truth is not None:
        records.read_truth(audited.truth, len(candidates))


def ready_model(provider: Provider, model_id: str) -> Model:
    """Raises CannotAttack for a model that cannot be asked."""
    model = provider.model(model_id, wait=True)
    if model.state != "ready":
        raise CannotAttack(f"Model {model.id} is {model.state}; attack it when it is ready.")
    return model


def knowledge_of_model(model: Model, file: Path | None) -> Knowledge:
    """What the user describes in a file; without one, the format as the model's owner declares it."""
    return description.read(file, len(model.format)) if file else Knowledge("format", model.format)
