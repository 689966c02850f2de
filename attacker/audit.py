"""A model of a bare service, attacked from Python or by the command: no challenger, no game."""

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from pathlib import Path
from typing import Any

from attacker import defaults, experiment, given
from attacker.client.url import checked_url
from attacker.configuration import ELSEWHERE, LEAST_ELSEWHERE, sha256
from attacker.deployed import BEARER, NATIVE, Deployed
from attacker.deployed_model import Elsewhere
from attacker.errors import ConfigurationError
from attacker.found import Found
from attacker.named_model import Audited
from attacker.options import Folder, Options


@dataclass(frozen=True, eq=False)
class Audit(Options):
    """A membership score for every candidate: how much does a model tell of its training set?

    `url` is the service that has the `model`, or the server where it is deployed: that is asked in its
    `dialect`, and the provider at `shadows_at` trains the shadow models. `candidates`, `population` and
    `partial` are paths of .csv or .npy files with the label first, tables (N, 1 + D) of the same form, or
    pairs of features (N, D) and labels (N,). `partial` are known members, then as many known non-members.
    `truth`, who of the candidates is a member, is a path or (N,): with it, `run` evaluates. `classes` of a
    deployed model are in the order of its answers. What else there is means what `attacker audit --help`
    says of the option of that name.
    """

    url: str
    _: KW_ONLY
    model: str
    candidates: given.Records
    population: given.Records | None = None
    partial: given.Records | None = None
    knowledge: Folder | None = None
    truth: given.Truth | None = None
    dialect: str = NATIVE
    template: Folder | None = None
    shadows_at: str | None = None
    classes: str | Sequence[str] | None = None
    answers: str | None = None
    batch: int | None = None
    key_header: str = BEARER
    out: Folder = defaults.AUDIT

    def run(self) -> Found:
        """Attack, or go on where an earlier run in the folder was; a finished one asks nothing again.

        Raises AttackerError: ConfigurationError for what cannot be meant, RunDiffers for a folder with
        another run, BudgetExhausted and QuotaExceeded when no more may be asked.
        """
        method, elsewhere = self.method(), self.elsewhere()
        if self.population is not None and self.partial is not None:
            raise ConfigurationError(
                "Give --population or --partial: who knows members trains no shadow models."
            )
        audited = self.audited()
        aim = aim_of(audited) | (elsewhere.document() if elsewhere else {})
        with self.running(method, aim) as run:
            experiment.audit(run, audited, elsewhere)
        return Found.at(self.folder)

    @property
    def at_provider(self) -> bool:
        return self.shadows_at is None and self.dialect == NATIVE

    @property
    def relative(self) -> bool:
        """Whether the shadow models' training is a guess, and what bears that best has all that it needs."""
        return not self.at_provider and self.population is not None and self.shadows >= LEAST_ELSEWHERE

    def usual(self) -> str:
        return defaults.ATTACKS_ELSEWHERE if self.relative else super().usual()

    def judges(self) -> Sequence[str]:
        return (ELSEWHERE, *super().judges()) if self.relative else super().judges()

    def audited(self) -> Audited:
        """What is named, as files; raises ConfigurationError."""
        candidates = given.records_file(self.candidates, "candidates", self.folder)
        assert candidates is not None
        return Audited(
            checked_url(self.shadows_at or self.url),
            self.model,
            candidates,
            given.records_file(self.population, "population", self.folder),
            given.records_file(self.partial, "partial", self.folder),
            given.existing(self.knowledge, "knowledge"),
            self.training_size,
            given.truth_file(self.truth, self.folder),
        )

    def elsewhere(self) -> Elsewhere | None:
        """Where the model is deployed, if not at the provider; raises ConfigurationError."""
        url, template = checked_url(self.url), given.existing(self.template, "template")
        if self.at_provider:
            return None
        asked = template.read_text(encoding="utf-8") if template else None
        deployed = Deployed(url, self.model, self.dialect, self.key_header, self.batch, self.answers, asked)
        classes = self.classes
        if classes is not None and not isinstance(classes, str):
            classes = ",".join(map(str, classes))
        return Elsewhere.named(deployed, self.shadows_at, classes, self.shadow_profile)


def aim_of(audited: Audited) -> dict[str, Any]:
    """What must not change while a run goes on: files by their content, wherever they lie."""

    def content(file: Path | None) -> str | None:
        return sha256(file) if file else None

    return {
        "service_url": audited.service_url,
        "model": audited.model_id,
        "candidates_sha256": content(audited.candidates),
        "population_sha256": content(audited.population),
        "partial_sha256": content(audited.partial),
        "knowledge_sha256": content(audited.knowledge),
    }
