"""A list of members of whom no more than a chosen share is expected to be wrong.

A candidate's p-value says how many known non-members score as high on the same target (conformal p-values:
Bates, Candes, Lei, Romano & Sesia 2023); Benjamini & Hochberg's procedure on these gives the list. It looks
at all candidates of a target together, which decisions must not: it stands beside them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from attacker.attack import ATTACKS, Attack
from attacker.choice import Choice
from attacker.errors import CannotAttack, ConfigurationError
from attacker.inference import require
from attacker.statistics.conformal import benjamini_hochberg, conformal_p_values
from attacker.threat_model import AdversaryView, Case
from attacker.transcript import Transcript

EXCHANGEABLE = "population"  # what the known records must be

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class MemberList:
    """For each target its members as (candidate, score, p-value), the most certain first.

    `held_back` non-members gave the p-values; with so few, no list can be shorter than `shortest`.
    """

    attack: str
    rate: float
    held_back: int
    shortest: int
    targets: tuple[tuple[tuple[int, float, float], ...], ...]

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        """From what `vars` of one became as JSON."""
        targets = tuple(tuple((c, s, p) for c, s, p in target) for target in document["targets"])
        return cls(**{**document, "targets": targets})

    def summary(self, truth: NDArray[np.bool_] | None) -> dict[str, Any]:
        """The attack's "members_at_fdr" in a result: {"rate", "held_back", "shortest", "listed"}.

        With the truth (T, N) there is "false" too: the share of those listed who are no members.
        """
        listed = [(target, member[0]) for target, members in enumerate(self.targets) for member in members]
        told = {"rate": self.rate, "held_back": self.held_back, "shortest": self.shortest}
        told |= {"listed": len(listed)}
        if truth is None:
            return told
        from attacker.statistics.rates import rate  # scipy, slow to load

        return told | {"false": rate(sum(not truth[place] for place in listed), len(listed)).as_json()}


def checked_rate(rate: float | None) -> float | None:
    """Raises ConfigurationError for what is no false discovery rate."""
    if rate is not None and not 0 < rate < 1:
        raise ConfigurationError(f"--fdr is between 0 and 1, not {rate}.")
    return rate


def lists(
    rate: float,
    transcript: Transcript,
    names: Sequence[str],
    *,
    seed: int,
    known_are: str | None,
    note: Callable[[str], None],
) -> list[MemberList]:
    """Each attack's; one that can have none is noted."""
    found = []
    for name in names:
        try:
            found.append(members_at(rate, transcript, name, seed=seed, known_are=known_are))
        except CannotAttack as error:
            note(f"no members of {name} are listed: {error}")
    return found


def members_at(
    rate: float, transcript: Transcript, name: str, *, seed: int, known_are: str | None
) -> MemberList:
    """Each target's list, at a false discovery rate of at most `rate` on average over games.

    That rests on exchangeability: before the target is trained, a population record could as well have been a
    non-member among the candidates. So the known records must be real ones of the same source (`known_are`);
    those that judge are held back: no shadow model learned them, they are not among the known non-members
    that the attack compares with, and the attack is fitted anew without them, for of a record that it has
    seen out it would say so again. Where shadow models learned candidates, population records are not what
    these are. Members among the population make the list shorter, not wrong. Raises CannotAttack.
    """
    attack = Choice.read(name, ATTACKS).make()
    held_back, others = apart(transcript, attack, seed)
    check(rate, transcript, name, attack, known_are, len(held_back))
    view = transcript.view()
    require(name, attack, view, transcript.case(0))
    attack.fit(without(view, held_back, transcript), np.random.default_rng([seed, *name.encode()]))
    targets = []
    for case in transcript.cases():
        known = case.known.take(others)
        scores = attack.score(replace(case, known=known))
        values = conformal_p_values(scores, attack.score(Case(case.known.take(held_back), known)))
        listed = np.flatnonzero(benjamini_hochberg(values, rate))
        order = listed[np.lexsort((listed, -scores[listed], values[listed]))]
        targets.append(tuple((int(row), float(scores[row]), float(values[row])) for row in order))
    return MemberList(
        name, rate, len(held_back), shortest(rate, len(held_back), len(transcript.candidates)), tuple(targets)
    )


def apart(transcript: Transcript, attack: Attack, seed: int) -> tuple[Rows, Rows]:
    """Known records (rows of the R) that are held back to judge by, and those that the attack may have.

    The former no shadow model learned. Where none of the known was learned and the attack needs some, it has
    half of them.
    """
    known = np.arange(transcript.targets_known.shape[1])
    learned = np.isin(known + len(transcript.candidates), transcript.pool)
    held_back = np.zeros(0, np.int64) if transcript.told else known[~learned]
    if attack.needs.known and not learned.any():
        held_back = np.sort(np.random.default_rng([seed, *b"apart"]).permutation(held_back)[::2])
    return held_back, np.setdiff1d(known, held_back)


def check(
    rate: float, transcript: Transcript, name: str, attack: Attack, known_are: str | None, held_back: int
) -> None:
    """Raises CannotAttack where the guarantee would be none."""
    if transcript.told or known_are != EXCHANGEABLE:
        raise CannotAttack(
            "A list at a false discovery rate takes real records that are no members; play a game that "
            "grants a population, and use it as it is."
        )
    if transcript.access == "adaptive" and attack.needs.shadows:
        raise CannotAttack(
            f"{name} has no list at a false discovery rate here: shadow models learned candidates and no "
            "population record, so that one does not stand for the other; train them with --access disjoint."
        )
    if attack.probe() is not None:
        raise CannotAttack(
            f"{name} has no list at a false discovery rate: it asks around the candidates alone; choose an "
            "attack that asks about records only."
        )
    if held_back < (needed := ceil(1 / rate * (1 - 1e-12)) - 1):
        raise CannotAttack(
            f"A false discovery rate of {rate:g} takes {needed} population records that no shadow model "
            f"learned, and {held_back} are held back; bring more of it, as a larger --count in a new run."
        )


def shortest(rate: float, held_back: int, candidates: int) -> int:
    """So many candidates at least must score above all that are held back before any can be listed."""
    return ceil(candidates / (rate * (held_back + 1)) * (1 - 1e-12))


def without(view: AdversaryView, known: Rows, transcript: Transcript) -> AdversaryView:
    """The view as it would be if these known records had never been asked about."""
    first = len(view.features) - len(transcript.known)
    rows = np.setdiff1d(np.arange(len(view.features)), first + known)
    return replace(
        view,
        features=view.features[rows],
        shadows=view.shadows.take(rows),
        pool=np.searchsorted(rows, view.pool),
    )
