"""Guesses at who is a member, from what is told before closing: arrays in, scores (N,) out, or None.

None where a guess does not apply. The scores of a sound game say nothing in either direction.
"""

import hashlib
import zlib
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from services.challenger.split import split
from torture.contests.sight import Document, Sight, Table, Told

Scores = NDArray[np.float64]
Predictor = Callable[[Sight], Scores | None]
GUESSED = (b"", b"\0" * 32, b"challenger", b"secret")  # what a careless challenger may have for its secret
NEIGHBOURS = 5
SMOOTH = 0.02  # of a distribution, spread evenly: a value never seen is not impossible


def place(sight: Sight) -> Scores:
    return np.arange(len(sight.candidates), dtype=float)


def odd_place(sight: Sight) -> Scores:
    return place(sight) % 2


def like_the_one_before(sight: Sight) -> Scores:
    rows = sight.candidates[:, 1:]
    return np.append(0, (rows[1:] == rows[:-1]).sum(axis=1)).astype(float)


def label(sight: Sight) -> Scores:
    return np.asarray(sight.candidates[:, 0], float)


def sum_of_features(sight: Sight) -> Scores:
    return np.asarray(sight.candidates[:, 1:].sum(axis=1), float)


def compressed_bytes(sight: Sight) -> Scores:
    return np.array([len(zlib.compress(row.tobytes())) for row in sight.candidates], float)


def near_another_candidate(sight: Sight) -> Scores:
    alike = shared(sight.candidates[:, 1:], sight.candidates[:, 1:])
    np.fill_diagonal(alike, -1)
    return np.asarray(alike.max(axis=1))


def labelled_otherwise_than_its_neighbours(sight: Sight) -> Scores:
    """Finds canaries, which are among members as often as among non-members."""
    candidates = sight.candidates
    alike = shared(candidates[:, 1:], candidates[:, 1:])
    np.fill_diagonal(alike, -1)
    nearest = np.argsort(-alike, axis=1, kind="stable")[:, :NEIGHBOURS]
    return np.asarray((candidates[nearest, 0] != candidates[:, :1]).mean(axis=1))


def near_what_is_granted(sight: Sight) -> Scores | None:
    """Of records that are told to be members or not: nearer to these than to those."""
    if not isinstance(sight.knowledge, np.ndarray):
        return None
    if sight.game["rules"]["knowledge"]["kind"] != "partial":
        return nearness(sight.candidates, sight.knowledge)
    members, others = np.split(sight.knowledge, 2)
    return nearness(sight.candidates, members) - nearness(sight.candidates, others)


def likely_by_the_marginals(sight: Sight) -> Scores | None:
    told = sight.knowledge
    if not isinstance(told, dict) or told["kind"] != "marginals":
        return None
    return likelihood(sight.candidates, {None: distributions(told["features"])})


def bits_of_the_ids(sight: Sight) -> Scores:
    digest = hashlib.shake_128(sight.ids.encode()).digest(len(sight.candidates))
    return np.frombuffer(digest, np.uint8).astype(float)


def quickest_answer(sight: Sight) -> Scores | None:
    return None if sight.seconds is None else sight.seconds.min(axis=0)


def usual_answer(sight: Sight) -> Scores | None:
    return None if sight.seconds is None else np.median(sight.seconds, axis=0)


def first_answer(sight: Sight) -> Scores | None:
    """A cache of what was seen in training would show here."""
    return None if sight.seconds is None else sight.seconds[0]


def split_drawn_again(sight: Sight) -> Scores:
    """By the public code, with the seed that everybody knows and guesses at the secret."""
    found = np.zeros(len(sight.candidates))
    for secret in (*GUESSED, sight.id.encode()):
        again = split(sight.draw, sight.world, sight.draw.generator(secret))
        side = dict.fromkeys(keys(sight.world[again.candidates]), -1)
        side |= dict.fromkeys(keys(sight.world[again.trained[0]]), 1)
        found += [side.get(key, 0) for key in keys(sight.candidates[:, 1:])]
    return found


PREDICTORS: Mapping[str, Predictor] = {
    guess.__name__.replace("_", " "): guess
    for guess in (
        place,
        odd_place,
        like_the_one_before,
        label,
        sum_of_features,
        compressed_bytes,
        near_another_candidate,
        labelled_otherwise_than_its_neighbours,
        near_what_is_granted,
        likely_by_the_marginals,
        bits_of_the_ids,
        quickest_answer,
        usual_answer,
        first_answer,
        split_drawn_again,
    )
}


def member_of_the_game_alike(sight: Sight, alike: Told) -> Scores:
    side = dict(zip(keys(alike.candidates), np.where(alike.member, 1, -1).tolist(), strict=True))
    return np.array([side.get(key, 0) for key in keys(sight.candidates)], float)


def place_in_the_game_alike(sight: Sight, alike: Told) -> Scores:
    places = {key: number for number, key in enumerate(keys(alike.candidates))}
    return np.array([places.get(key, -1) for key in keys(sight.candidates)], float)


OF_GAMES_ALIKE: Mapping[str, Callable[[Sight, Told], Scores]] = {
    guess.__name__.replace("_", " "): guess for guess in (member_of_the_game_alike, place_in_the_game_alike)
}


def learned(sights: Sequence[Sight], members: Sequence[NDArray[np.bool_]]) -> list[Scores]:
    """All guesses and the record, weighed by a regression on the other games, as if these were closed."""
    inputs = [together(sight) for sight in sights]
    targets = [2.0 * member - 1 for member in members]
    grams = [x.T @ x for x in inputs]
    products = [x.T @ y for x, y in zip(inputs, targets, strict=True)]
    gram, product = np.sum(grams, axis=0), np.sum(products, axis=0)
    ridge = len(sights) * np.eye(inputs[0].shape[1])
    found = []
    for x, own_gram, own_product in zip(inputs, grams, products, strict=True):
        found.append(x @ np.linalg.solve(gram - own_gram + ridge, product - own_product))
    return found


def together(sight: Sight) -> Scores:
    """What a regression is given: (N, D + 10 + guesses), each column of the guesses by its ranks."""
    guesses = [guess(sight) for guess in PREDICTORS.values()]
    ranks = [np.zeros(len(sight.candidates)) if one is None else scaled(one) for one in guesses]
    classes = np.eye(len(sight.game["classes"]))[sight.candidates[:, 0].astype(int)]
    return np.column_stack([sight.candidates[:, 1:] / 16 - 0.5, classes, *ranks])


def scaled(scores: Scores) -> Scores:
    _, places = np.unique(scores, return_inverse=True)
    return np.asarray(places / max(1, places.max()) - 0.5)


def nearness(candidates: Table, granted: Table) -> Scores:
    """Of candidates (N, 1 + D) to the nearest of the granted records (P, 1 + D)."""
    nearest: Scores = shared(candidates[:, 1:], granted[:, 1:]).max(axis=1)
    return nearest


def shared(some: Table, others: Table) -> Scores:
    """How many values each of `some` (N, D) has in common with each of `others` (P, D)."""
    return np.array([(others == record).sum(axis=1) for record in some], float)


def likelihood(candidates: Table, told: Mapping[int | None, Scores]) -> Scores:
    """Of candidates (N, 1 + D) under the distributions (D, V) of their class, or of all, compared with
    how frequent the candidates' own values are among them."""
    scores, columns = np.zeros(len(candidates)), np.arange(candidates.shape[1] - 1)
    for of, distribution in told.items():
        mine = np.flatnonzero(candidates[:, 0] == of) if of is not None else np.arange(len(candidates))
        rows = candidates[mine, 1:].astype(int)
        own = np.stack([np.bincount(column, minlength=distribution.shape[1]) for column in rows.T])
        ratio = np.log(smoothed(distribution)) - np.log(smoothed(own / max(1, len(rows))))
        scores[mine] = ratio[columns, rows].sum(axis=1)
    return scores


def smoothed(distribution: Scores) -> Scores:
    return np.asarray((1 - SMOOTH) * distribution + SMOOTH / distribution.shape[1])


def distributions(features: Sequence[Document]) -> Scores:
    """(D, V) of features whose values are 0, 1, ..., V - 1."""
    return np.array([feature["distribution"]["probabilities"] for feature in features])


def keys(table: Table) -> list[bytes]:
    return [np.asarray(record, np.uint8).tobytes() for record in table]
