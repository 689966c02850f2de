"""Bayesian variance for the likelihood-ratio attack: records lend each other what few shadows cannot tell."""

from typing import Self

import numpy as np
from numpy.typing import NDArray

from attacker.attack import Attack, Needs
from attacker.errors import CannotAttack, ConfigurationError
from attacker.gaussian import Prior
from attacker.moments import Moments
from attacker.pseudo_targets import best_threshold, pseudo_scores
from attacker.signals import scaled_log_odds
from attacker.threat_model import AdversaryView, Case


class BaVarIA(Attack):
    """LiRA with a normal-inverse-gamma prior on each record's mean and variance, learned on all records.

    The ratio is then of two Student-t predictive densities, from two shadows to hundreds without a switch. A
    record that no shadow has learned, as all candidates in the disjoint game, is judged by the prior of the
    attacker's own records. The prior's mean weighs what the spread of records says (empirical Bayes), its
    variance as many shadows as `freedom`.
    """

    paper = "Brännvall: Exponential-Family Membership Inference. arXiv 2603.11799 (2026)"
    needs = Needs(references=True)

    def __init__(self, *, freedom: float = 8.0) -> None:
        self.freedom = freedom

    def check(self) -> None:
        if not self.freedom > 0:
            raise ConfigurationError("bavaria: freedom is a number of shadows; set it above 0.")

    def fit(self, view: AdversaryView, rng: np.random.Generator) -> Self:
        view.require_shadows()
        self.adaptive_ = view.access == "adaptive"
        pool = view.shadows.take(view.pool)
        if not (pool.member.any() and pool.out.any()):
            raise CannotAttack("bavaria needs shadow answers to records of both kinds, in and out.")
        self.prior_in_ = Prior.of(pool.moments(scaled_log_odds, "in"), self.freedom)
        self.prior_out_ = Prior.of(pool.moments(scaled_log_odds, "out"), self.freedom)
        self.threshold_ = best_threshold(*pseudo_scores(self, view))
        return self

    def score(self, case: Case) -> NDArray[np.float64]:
        """The log ratio of the predictive densities, in to out."""
        signal, shadows = case.candidates.answers.signal(scaled_log_odds), case.candidates.shadows
        never, learned = shadows.moments(scaled_log_odds, "out"), Moments.of_nobody(len(signal))
        if self.adaptive_:
            learned = shadows.moments(scaled_log_odds, "in")
        log_in = self.prior_in_.predictive(learned).log_density(signal)
        return log_in - self.prior_out_.predictive(never).log_density(signal)
