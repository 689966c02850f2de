"""The likelihood-ratio attack: how shadows with and without a record answer to it, as two normal laws."""

from typing import Literal, Self, get_args

import numpy as np
from numpy.typing import NDArray

from attacker.attack import Attack, Needs
from attacker.errors import CannotAttack, ConfigurationError
from attacker.gaussian import normal_log_density
from attacker.pseudo_targets import best_threshold, pseudo_scores
from attacker.shadow_answers import Kind
from attacker.signals import scaled_log_odds
from attacker.threat_model import AdversaryView, Asked, Case

Mode = Literal["auto", "online", "offline"]
Variance = Literal["auto", "fixed", "per_record"]

ENOUGH = 64  # shadows from which on the paper trusts the variance of a single record


class LiRA(Attack):
    """The scaled log-odds of a record are compared with those at shadows that learned it and that did not.

    Online: the log ratio of two normal densities. Offline: only shadows without the record, and the score is
    z, which ranks as the paper's one-sided test and does not saturate as its probability does. `auto` is
    online where shadows may learn candidates, and pools the variance of all records below 64 shadows.
    """

    paper = "Carlini, Chien, Nasr, Song, Terzis, Tramer: Membership Inference From First Principles. S&P 2022"
    needs = Needs(references=True)

    def __init__(self, *, mode: Mode = "auto", variance: Variance = "auto") -> None:
        self.mode = mode
        self.variance = variance

    def check(self) -> None:
        for name, value, known in (("mode", self.mode, Mode), ("variance", self.variance, Variance)):
            if value not in get_args(known):
                choices = ", ".join(get_args(known))
                raise ConfigurationError(f"lira has no {name} {value!r}; choose one of {choices}.")

    def fit(self, view: AdversaryView, rng: np.random.Generator) -> Self:
        view.require_shadows()
        if self.mode == "online" and view.access == "disjoint":
            raise CannotAttack("lira compares online where shadows may learn candidates: take mode=offline.")
        self.online_ = self.mode != "offline" and view.access == "adaptive"
        self.fixed_ = self.variance == "fixed" or (self.variance == "auto" and len(view.shadows) < ENOUGH)
        shadows = view.shadows.take(view.pool)
        self.variance_in_ = shadows.moments(scaled_log_odds, "in").pooled_variance()
        self.variance_out_ = shadows.moments(scaled_log_odds, "out").pooled_variance()
        self.threshold_ = best_threshold(*pseudo_scores(self, view))
        return self

    def stand_in(self, view: AdversaryView, shadow: int) -> tuple[Case, NDArray[np.bool_]]:
        """The variance of a record by itself takes more references than are fair."""
        return view.case_of(shadow, fair=self.fixed_)

    def score(self, case: Case) -> NDArray[np.float64]:
        """log p(in) - log p(out), as in Algorithm 1; offline (signal - mean out) / deviation out."""
        asked = case.candidates
        signal = asked.answers.signal(scaled_log_odds)
        mean_out, variance_out = self.normal(asked, "out", self.variance_out_)
        if not self.online_:
            return np.asarray((signal - mean_out) / np.sqrt(variance_out))
        mean_in, variance_in = self.normal(asked, "in", self.variance_in_)
        return normal_log_density(signal, mean_in, variance_in) - normal_log_density(
            signal, mean_out, variance_out
        )

    def normal(
        self, asked: Asked, kind: Kind, pooled: float
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Mean and variance (N,) of the records' signals among the shadows of that kind."""
        moments = asked.shadows.moments(scaled_log_odds, kind)
        variance = np.full(len(asked), pooled) if self.fixed_ else moments.variance()
        if not moments.count.all() or np.isnan(variance).any():
            raise CannotAttack("lira needs more shadows with and without each record: train four or more.")
        return moments.mean, variance
