"""A transcript as one file: an .npz (a zip of NPY arrays) that any tool can read, and score attacks on.

The member `transcript.json` is an object:

    format, version    "penumbra transcript", 1; a reader refuses other versions and ignores what it does not
                       know
    classes            the K names that labels index
    access             "disjoint", no shadow model learned a candidate, or "adaptive", some learned some
    seed               from which attacks learn: with it, scores are the same to the bit
    primary            the attack that was named in advance, or null
    known_are          what the known records are: "population", real records that are no members, or the name
                       of the synthesis that made them, or null
    probes             the names of what was asked around the records, in the order of the arrays below
    game               facts about the game, for the record; nothing is computed from them
    arrays             what each array below is, for the human reader

The arrays are finite numbers. N candidates of D features, R known records, T targets,
S shadow models, K classes; M = N + R, candidates before known records:

    candidate_labels    (N,)       integers
    candidate_features  (N, D)     D may be 0, where the records themselves are not told
    known_labels        (R,)       R may be 0
    known_features      (R, D)
    targets             (T, N, K)  confidence vectors; one-hot where a model tells labels only
    targets_known       (T, R, K)  or (T, 0, K) where the targets were not asked about the known records
    shadows             (S, M, K)  S may be 0
    member              (S, M)     0 or 1: which records each shadow model learned, of the pool alone
    pool                (P,)       rows of the M from which shadow models learned, each a part
    known_member        (R,)       0 or 1, who of the known records is a member; (0,) where nobody tells
    truth               (T, N)     0 or 1, who is a member; left out as long as nobody tells
    targets_observed_i  (T, N, Q)  what probe i saw
    shadows_observed_i  (S, M, Q)
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attacker import archive
from attacker.kept_answers import KeptAnswers
from attacker.transcript import Transcript

FORMAT, VERSION = "penumbra transcript", 1
DOCUMENT = "transcript.json"

ARRAYS = {
    "candidate_labels": ("N", "the candidates' classes"),
    "candidate_features": ("N D", "the candidates"),
    "known_labels": ("R", "the known records' classes"),
    "known_features": ("R D", "the known records"),
    "targets": ("T N K", "what each target answered about each candidate"),
    "targets_known": ("T A K", "what each target answered about each known record; A is R or 0"),
    "shadows": ("S M K", "what each shadow model answered about candidates, then known records"),
    "member": ("S M", "which of these records each shadow model learned"),
    "pool": ("P", "the rows of these records that shadow models learned from"),
    "known_member": ("B", "who of the known records is a member; B is R or 0"),
    "truth": ("T N", "who of the candidates is a member of each target"),
}
OBSERVED = {
    "targets_observed_{}": ("T N Q{}", "what probe {} saw of the targets"),
    "shadows_observed_{}": ("S M Q{}", "what probe {} saw of the shadow models"),
}


@dataclass(frozen=True, eq=False)
class TranscriptFile:
    """What one holds: a transcript, `truth` (T, N) where it is told, and what else is to be known of it."""

    transcript: Transcript
    truth: NDArray[np.bool_] | None
    seed: int = 0
    primary: str | None = None
    known_are: str | None = None
    game: Mapping[str, Any] = field(default_factory=dict)


def arrays_of(probes: int) -> dict[str, tuple[str, str]]:
    """Shape and meaning of every array in a file with so many probes."""
    observed = {
        name.format(probe): (shape.format(probe), meaning.format(probe))
        for probe in range(probes)
        for name, (shape, meaning) in OBSERVED.items()
    }
    return ARRAYS | observed


def write(path: Path, file: TranscriptFile) -> None:
    """Whole or not at all; the same transcript gives the same bytes."""
    transcript, probes = file.transcript, list(file.transcript.targets_observed)
    arrays = numbers(transcript, probes) | ({} if file.truth is None else {"truth": file.truth})
    described = arrays_of(len(probes))
    document = {
        "format": FORMAT,
        "version": VERSION,
        "classes": transcript.classes,
        "access": transcript.access,
        "seed": file.seed,
        "primary": file.primary,
        "known_are": file.known_are,
        "probes": probes,
        "game": file.game,
        "arrays": {name: "({}): {}".format(*described[name]) for name in arrays},
    }
    archive.write(path, DOCUMENT, document, arrays)


def numbers(transcript: Transcript, probes: list[str]) -> dict[str, NDArray[Any] | KeptAnswers]:
    arrays: dict[str, NDArray[Any] | KeptAnswers] = {
        "candidate_labels": transcript.candidates.labels,
        "candidate_features": transcript.candidates.features,
        "known_labels": transcript.known.labels,
        "known_features": transcript.known.features,
        "targets": transcript.targets,
        "targets_known": transcript.targets_known,
        "shadows": transcript.shadows,
        "member": transcript.member,
        "pool": transcript.pool,
        "known_member": transcript.known_member,
    }
    for place, probe in enumerate(probes):
        seen = transcript.targets_observed[probe]
        none = np.empty((0, len(transcript.records), seen.shape[2]), seen.dtype)
        arrays[f"targets_observed_{place}"] = seen
        arrays[f"shadows_observed_{place}"] = transcript.shadows_observed.get(probe, none)
    return arrays
