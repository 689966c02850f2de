"""What the attacker is given, per rule.

Every kind but one is made from the population or the format alone. Nothing is compared with the candidates,
not even to leave out a noisy record that happens to equal one: what is missing would tell of them. `partial`
is some members and non-members by its own definition, and these are no candidates. Nor are those that lie
unmarked in the population of a game with an overlap.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.challenger.dataset import Records
from services.challenger.errors import KnowledgeNotPossible
from services.challenger.format import Description, Document, document
from services.challenger.marginals import distribution
from services.challenger.noise import noisy
from services.challenger.shift import kept

NPY_INTEGERS = ("u1", "i1", "<i2", "<i4")  # those that the wire takes


def made_known(rule: Document, members: int) -> int:
    """k, how many members, and how many non-members, the rule makes known."""
    return round(rule["share"] * members) if rule["kind"] == "partial" else 0


def check(rule: Document, described: Description) -> None:
    """Raises KnowledgeNotPossible when the rule does not fit the records."""
    if rule.get("mode") != "flip":
        return
    for feature in described.features:
        if feature.kind != "binary":
            raise KnowledgeNotPossible(
                f"Only binary features can be flipped, and {feature.name} is {feature.kind}: "
                "ask for the mode `replace`."
            )


def grant(
    rule: Document, population: Records, known: Records, described: Description, random: np.random.Generator
) -> NDArray[Any] | Document:
    """Records (P, 1+D) with the label in column 0, or a document; the rule is as the game's rules show it.

    known: members, then as many non-members, which `partial` alone tells.
    """
    match rule:
        case {"kind": "population"}:
            return table(population)
        case {"kind": "partial"}:
            return table(known)
        case {"kind": "noisy", "rate": rate, "mode": mode}:
            changed = noisy(population.features, described.features, rate, mode, random)
            return table(Records(changed, population.labels, population.classes))
        case {"kind": "shifted", "strength": strength}:
            return table(population.take(kept(population.labels, len(population.classes), strength, random)))
        case {"kind": "marginals"}:
            return {"kind": "marginals"} | marginals(population, described)
        case {"kind": "format"}:
            return {"kind": "format"} | described.document()
        case _:
            raise ValueError(f"there is no knowledge of kind {rule.get('kind')!r}")


def marginals(population: Records, described: Description) -> Document:
    """`classes` and `features`, each with its distribution in the population."""
    features = [
        document(feature) | {"distribution": distribution(feature, column)}
        for feature, column in zip(described.features, population.features.T, strict=True)
    ]
    return {"classes": list(population.classes), "features": features}


def table(records: Records) -> NDArray[Any]:
    """(N, 1+D), the label in column 0, in the smallest dtype of the wire that holds every value."""
    labels, features = records.labels, records.features
    whole = np.empty((len(labels), 1 + features.shape[1]), wire_dtype(records))
    whole[:, 0], whole[:, 1:] = labels, features
    return whole


def wire_dtype(records: Records) -> np.dtype[Any]:
    """The features' own where they are real, else the smallest integers that hold them and the labels."""
    labels, features = records.labels, records.features
    if features.dtype.kind == "f":
        return features.dtype
    low = min(int(labels.min()), int(features.min()))
    high = max(int(labels.max()), int(features.max()))
    fitting = (d for d in map(np.dtype, NPY_INTEGERS) if np.iinfo(d).min <= low and high <= np.iinfo(d).max)
    return next(fitting)
