"""An audit: a model of a provider, or of a server that others run, attacked without a challenger."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from attacker import experiment
from attacker.attempt import Attempt
from attacker.client.url import checked_url
from attacker.configuration import sha256
from attacker.deployed import BEARER, NATIVE, Deployed
from attacker.deployed_model import Elsewhere
from attacker.errors import ConfigurationError
from attacker.found import Found
from attacker.given import Given, checked, records_file, truth_file
from attacker.named_model import Audited


@dataclass(frozen=True, eq=False)
class Audit(Attempt):
    """What `attacker audit` is told, by the same names.

    candidates, population, partial: files, tables (N, 1 + D) with the label in column 0, or pairs of features
    (N, D) and labels (N,). truth: who of the candidates is a member, a file or (N,) booleans; with it the
    scores are evaluated. Without a population, shadow data is synthesised from the model's answers.
    """

    url: str
    model: str
    candidates: Given
    population: Given | None = None
    partial: Given | None = None
    knowledge: Path | str | None = None
    truth: Path | str | NDArray[Any] | None = None
    dialect: str = NATIVE
    template: Path | str | None = None
    shadows_at: str | None = None
    classes: str | Sequence[str] | None = None
    answers: str | None = None
    batch: int | None = None
    key_header: str = BEARER

    def run(self) -> Found:
        """Attack the model, or go on where that was interrupted; raises AttackerError.

        A run that is finished is read again, and asks nothing.
        """
        method, elsewhere, audited = self.method, self.elsewhere, self.audited()
        with self.opened(method, self.aim(audited, elsewhere)) as run:
            experiment.audit(run, audited, elsewhere)
        return Found.at(self.folder)

    @property
    def elsewhere(self) -> Elsewhere | None:
        """Where the model is, if not at the provider that trains shadows; raises ConfigurationError."""
        template = checked(self.template)
        deployed = Deployed(
            checked_url(self.url),
            self.model,
            self.dialect,
            self.key_header,
            self.batch,
            self.answers,
            template.read_text(encoding="utf-8") if template else None,
        )
        if self.shadows_at is None and self.dialect == NATIVE:
            return None
        names = (
            self.classes if self.classes is None or isinstance(self.classes, str) else ",".join(self.classes)
        )
        return Elsewhere.named(deployed, self.shadows_at, names, self.shadow_profile)

    def audited(self) -> Audited:
        """The question, with all records in files; raises ConfigurationError."""
        if self.population is not None and self.partial is not None:
            raise ConfigurationError(
                "Give a population or partial: who knows members trains no shadow models."
            )
        candidates = records_file(self.candidates, "candidates", self.folder)
        assert candidates is not None
        return Audited(
            checked_url(self.shadows_at or self.url),
            self.model,
            candidates,
            records_file(self.population, "population", self.folder),
            records_file(self.partial, "partial", self.folder),
            checked(self.knowledge),
            self.training_size,
            truth_file(self.truth, self.folder),
        )

    def aim(self, audited: Audited, elsewhere: Elsewhere | None) -> dict[str, Any]:
        """What must not change while the run goes on."""
        files = {
            name: getattr(audited, name) for name in ("candidates", "population", "partial", "knowledge")
        }
        digests = {f"{name}_sha256": sha256(file) if file else None for name, file in files.items()}
        told = elsewhere.document() if elsewhere else {}
        return {"service_url": audited.service_url, "model": self.model, **digests, **told}
