"""A user's question about a model that is deployed elsewhere; what its server does not say, records show."""

from dataclasses import asdict, dataclass
from typing import Any, Self

from attacker import description, records
from attacker.challenge import Challenge
from attacker.client.http import Http
from attacker.deployed import GUESS, Deployed
from attacker.errors import ConfigurationError
from attacker.format import format_of
from attacker.knowledge import Knowledge
from attacker.meeting import Meeting
from attacker.named_model import Audited, check_truth, given
from attacker.threat_model import Access


@dataclass(frozen=True)
class Elsewhere:
    """What a user names besides: the model, its classes in the order of its answers, the shadows' profile."""

    deployed: Deployed
    classes: tuple[str, ...] | None
    profile: str

    @classmethod
    def named(
        cls, deployed: Deployed, shadows_at: str | None, classes: str | None, profile: str | None
    ) -> Self:
        """From the words of a command line; raises ConfigurationError."""
        if shadows_at is None:
            raise ConfigurationError(
                "A model that is deployed elsewhere has its shadow models trained by a provider; name one by "
                "--shadows-at: `mlaas serve` begins one on this machine."
            )
        names = tuple(map(str.strip, classes.split(","))) if classes else None
        if names is not None and (len(set(names)) < len(names) or not all(names)):
            raise ConfigurationError(f"--classes {classes!r} names each class once, with commas.")
        return cls(deployed, names, profile or GUESS)

    def document(self) -> dict[str, Any]:
        """What must not change while a run goes on."""
        return {"deployed": asdict(self.deployed), "classes": self.classes and list(self.classes)}


def challenge_of_deployed(
    http: Http, key: str | None, audited: Audited, elsewhere: Elsewhere, access: Access | None
) -> Challenge:
    """The format is as the server, or a file, describes it, else as the records are. Raises AttackerError."""
    sample = records.read_features(audited.candidates)[:1]
    met = Meeting.begin(http, elsewhere.deployed, key, sample)
    files = [file for file in (audited.candidates, audited.population, audited.partial) if file]
    classes = elsewhere.classes or met.described.classes or records.classes_in(files)
    if len(classes) < 2:
        raise ConfigurationError(f"The records are all of class {classes[0]!r}; name all by --classes.")
    candidates = records.read(audited.candidates, classes, met.described.features)
    width = candidates.features.shape[1]
    known = Knowledge("format", met.described.format)
    if audited.knowledge is not None:
        known = description.read(audited.knowledge, width)
    known = given(audited, known, classes, candidates)
    if not known.format.features:
        seen = candidates if known.records is None else candidates.and_(known.records)
        known = Knowledge(known.kind, format_of(seen.features), known.records, known.marginals)
    check_truth(audited, candidates)
    return Challenge.of_deployed(
        elsewhere.deployed,
        audited.service_url,
        elsewhere.profile,
        classes,
        candidates,
        known,
        audited.members,
        access,
    )
