"""Predictions made elsewhere, as a transcript: arrays of probabilities and labels, and who learned what.

The layout is the one of LiRA (Carlini et al. 2022): S models, each trained on a part of the same N records.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from attacker.archive import Archive, Array
from attacker.errors import ConfigurationError
from attacker.records import Records, read_numbers
from attacker.shapes import bound
from attacker.signals import softmax
from attacker.threat_model import Access
from attacker.transcript import Transcript
from attacker.transcript_file import TranscriptFile

SHAPES = {
    "labels": "N",
    "target": "T N K",
    "shadows": "S N K",
    "membership": "S N",
    "features": "N D",
    "truth": "T N",
    "known_labels": "R",
    "known_target": "T R K",
    "known_shadows": "S R K",
    "known_features": "R D",
}
TAKES = (  # what takes what beside it
    ((), "labels"),
    ((), "target"),
    (("shadows",), "membership"),
    (("membership",), "shadows"),
    (("known_labels",), "known_target"),
    (("known_target",), "known_labels"),
    (("known_shadows",), "shadows"),
    (("known_shadows",), "known_labels"),
    (("shadows", "known_labels"), "known_shadows"),
    (("known_features",), "known_labels"),
    (("known_features",), "features"),
    (("features", "known_labels"), "known_features"),
)
ROUNDING = 1e-3  # that a probability may be above 1
Arrays = Mapping[str, Array]


def read(archive: Path | None, files: Mapping[str, Path]) -> dict[str, Array]:
    """Arrays under the names of SHAPES: those in an .npz, and each from an .npy file of its own.

    Raises ConfigurationError.
    """
    arrays: dict[str, Array] = {}
    if archive is not None:
        with Archive(archive) as opened:
            named = [name for name in SHAPES if name in opened]
            opened.check_size({name: opened.header(name) for name in named})
            arrays = {name: opened.read(name) for name in named}
    return arrays | {name: read_numbers(path) for name, path in files.items()}


def imported(given: Arrays, *, logits: bool = False) -> TranscriptFile:
    """A transcript of the arrays there are, by these names and shapes:

    labels (N,), whole numbers; target (N, K) or (T, N, K); shadows (S, N, K) with membership (S, N), or
    (S, N + R) where shadows learned known records too; truth (N,) or (T, N); features (N, D); of known
    non-members known_labels (R,), known_target (R, K) or (T, R, K), known_shadows (S, R, K), known_features.

    The access is adaptive as soon as a shadow learned a candidate. A record that no shadow learned is not of
    the pool. Raises ConfigurationError for what does not fit.
    """
    given = {name: for_every_target(name, array) for name, array in given.items()}
    lengths = measured(given)
    arrays: dict[str, Array] = {
        name: np.zeros([lengths[side] for side in SHAPES[name].split()]) for name in SHAPES
    }
    arrays |= {name: checked(name, array, lengths["K"], logits) for name, array in given.items()}
    candidates, known = lengths["N"], lengths["R"]
    member = np.zeros((lengths["S"], candidates + known), np.bool_)
    member[:, : arrays["membership"].shape[1]] = arrays["membership"]
    pool = np.flatnonzero(member.any(axis=0))
    access: Access = "adaptive" if (pool < candidates).any() else "disjoint"
    transcript = Transcript(
        classes=tuple(map(str, range(lengths["K"]))),
        access=access,
        candidates=Records(arrays["labels"].astype(np.int64), arrays["features"]),
        known=Records(arrays["known_labels"].astype(np.int64), arrays["known_features"]),
        targets=arrays["target"].astype(np.float32),
        targets_known=arrays["known_target"].astype(np.float32),
        shadows=np.concatenate([arrays["shadows"], arrays["known_shadows"]], axis=1).astype(np.float32),
        member=member,
        pool=pool,
        known_member=np.empty(0, np.bool_),
    )
    truth = arrays["truth"] if "truth" in given else None
    known_are = "population" if known else None
    return TranscriptFile(transcript, truth, known_are=known_are, game={"origin": "import"})


def for_every_target(name: str, array: Array) -> Array:
    """What is given of one target alone becomes a list of one."""
    one = SHAPES[name].startswith("T") and array.ndim == len(SHAPES[name].split()) - 1
    return array[None] if one else array


def measured(given: Arrays) -> dict[str, int]:
    """How many T, N, K, S, R and D are, 0 of what was not given; raises ConfigurationError."""
    for have, takes in TAKES:
        if takes not in given and all(name in given for name in have):
            beside = f" beside {' and '.join(map(option, have))}" if have else ""
            raise ConfigurationError(f"{option(takes)} is missing{beside}; give it too.")
    due = {name: letters for name, letters in SHAPES.items() if name in given}
    shapes = {name: array.shape for name, array in given.items()}
    rows = given["labels"].size + (given["known_labels"].size if "known_labels" in given else 0)
    if shapes.get("membership", ())[1:] == (rows,):
        due["membership"] = "S M"
    try:
        lengths = dict.fromkeys("TNKSRD", 0) | bound(shapes, due)
    except ValueError as error:
        raise ConfigurationError(f"The arrays do not fit: {error}.") from error
    if not lengths["N"] or lengths["K"] < 2:
        raise ConfigurationError(
            "There must be candidates and a probability for each of two classes or more."
        )
    return lengths


def option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def checked(name: str, array: Array, classes: int, logits: bool) -> Array:
    """The array as attacks take it; raises ConfigurationError for values that cannot be meant."""
    if name in ("labels", "known_labels"):
        if (array % 1).any() or array.min(initial=0) < 0 or array.max(initial=0) >= classes:
            raise ConfigurationError(f"{option(name)}: labels are whole numbers from 0 to {classes - 1}.")
    elif name in ("membership", "truth"):
        if not np.isin(array, (0, 1)).all() or not array.any() or array.all():
            raise ConfigurationError(f"{option(name)} is 1 for members and 0 for others, and there are both.")
        return array.astype(np.bool_)
    elif "features" not in name:
        if logits:
            return np.stack([softmax(one.astype(np.float64)).astype(np.float32) for one in array])
        if array.size and not 0 <= array.min() <= array.max() <= 1 + ROUNDING:
            raise ConfigurationError(
                f"{option(name)}: probabilities lie between 0 and 1; if these are logits, add --logits."
            )
    return array
