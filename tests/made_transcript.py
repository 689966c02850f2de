"""Transcripts of models that leak as much as is wanted, made without a server."""

from dataclasses import dataclass, replace

import numpy as np

from attacker.probes.boundary import RATES as DISTANCES
from attacker.probes.boundary import Boundary
from attacker.probes.feature_noise import RATES as NOISE
from attacker.probes.feature_noise import FeatureNoise
from attacker.records import Records
from attacker.threat_model import Case
from attacker.transcript import Transcript

CLASSES = ("food", "shop", "work", "home", "park")
FEATURES = 12
COPIES, PATHS = 50, 8  # that probes asked about each record


@dataclass(frozen=True, eq=False, kw_only=True)
class Made(Transcript):
    truth: np.ndarray  # (T, N), which no attack is given
    __test__ = False


def transcript(leak, seed=0, *, members=200, shadows=4, targets=1, access="disjoint", apart=50):
    """Candidates 2 x members; known records for the pool, and `apart` that no shadow learned.

    Each record has a difficulty, the same for every model; members are answered more surely by `leak`.
    """
    rng = np.random.default_rng(seed)
    candidates, known = 2 * members, 2 * members + apart
    labels = rng.integers(len(CLASSES), size=candidates + known)
    features = rng.integers(0, 2, (candidates + known, FEATURES))
    difficulty = rng.normal(0, 1.5, candidates + known)
    pool = np.arange(candidates) if access == "adaptive" else candidates + np.arange(2 * members)
    member = np.zeros((shadows, candidates + known), bool)
    for number in range(0, shadows, 2):
        order = rng.permutation(pool)
        member[number, order[:members]] = True
        member[number + 1 : number + 2, order[members:]] = True
    truth = np.zeros((targets, candidates), bool)
    for target in range(0, targets, 2):
        order = rng.permutation(candidates)
        truth[target, order[:members]] = True
        truth[target + 1 : target + 2, order[members:]] = True
    target_member = np.concatenate([truth, np.zeros((targets, known), bool)], axis=1)

    def answers(who):
        return np.stack([answered(rng, labels, difficulty, one, leak) for one in who]).astype(np.float32)

    of_targets, around = answers(target_member), np.random.default_rng([seed, 1])
    of_targets_around = observed(around, difficulty, target_member, leak)
    return Made(
        classes=CLASSES,
        access=access,
        candidates=Records(labels[:candidates], features[:candidates]),
        known=Records(labels[candidates:], features[candidates:]),
        targets=of_targets[:, :candidates],
        targets_known=of_targets[:, candidates:],
        shadows=answers(member) if shadows else np.empty((0, candidates + known, len(CLASSES)), np.float32),
        member=member,
        pool=pool,
        known_member=np.empty(0, bool),
        targets_observed={name: seen[:, :candidates] for name, seen in of_targets_around.items()},
        shadows_observed=observed(around, difficulty, member, leak),
        truth=truth,
    )


def answered(rng, labels, difficulty, member, leak):
    """A model's confidence vectors (N, K): sharper for its members, less so for difficult records."""
    logits = rng.standard_normal((len(labels), len(CLASSES)))
    logits[np.arange(len(labels)), labels] += 1 - difficulty + leak * member
    weights = np.exp(logits)
    return weights / weights.sum(axis=1, keepdims=True)


def observed(rng, difficulty, member, leak):
    """What probes see of models (M, N, Q): members keep their label further away, difficult records less."""
    margin = 1 - difficulty + leak * member  # (M, N)
    kept = rng.logistic(size=(*member.shape, COPIES)) < margin[..., None] - 20 * np.resize(NOISE, COPIES)
    beyond = rng.logistic(size=(*member.shape, PATHS, 1)) < margin[..., None, None] - 20 * DISTANCES
    return {
        FeatureNoise(COPIES).name: np.packbits(kept, axis=2),
        Boundary(PATHS).name: np.cumprod(beyond, axis=3).sum(axis=3).astype(np.uint8),
    }


def halved(case, rows):
    """The same case with some of its candidates."""
    return Case(case.candidates.take(rows), case.known)


def without_shadows(made):
    seen = {probe: observed[:0] for probe, observed in made.shadows_observed.items()}
    return replace(made, shadows=made.shadows[:0], member=made.member[:0], shadows_observed=seen)
