"""A transcript file read by whoever does not trust it: every size, shape and value is checked before use.

The format is told in attacker/transcript_file.py. All that is wrong is a ConfigurationError.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, Self, get_args

import numpy as np

from attacker.archive import Archive, Array, Header
from attacker.kept_answers import KeptAnswers
from attacker.records import Records
from attacker.shapes import bound
from attacker.threat_model import Access
from attacker.transcript import Transcript
from attacker.transcript_file import DOCUMENT, FORMAT, VERSION, TranscriptFile, arrays_of

SHADOWS = "shadows"  # the one array that stays in the file


def read(path: Path) -> TranscriptFile:
    """Raises ConfigurationError, naming the file and what is wrong with it."""
    with Archive(path) as archive:
        about = About.read(archive)
        shapes = {
            name: shape
            for name, (shape, _) in arrays_of(len(about.probes)).items()
            if name != "truth" or name in archive
        }
        headers = {name: archive.header(name) for name in shapes}
        check_shapes(archive, headers, shapes, len(about.classes))
        held = {name: header for name, header in headers.items() if name != SHADOWS}
        archive.check_size(held if archive.lies_open(SHADOWS) else headers)
        arrays = {name: archive.read(name) for name in held}
        check_values(archive, about, arrays)
        shadows = archive.keep(SHADOWS)
    truth = arrays["truth"].astype(np.bool_) if "truth" in arrays else None
    return TranscriptFile(
        assembled(about, arrays, shadows), truth, about.seed, about.primary, about.known_are, about.game
    )


@dataclass(frozen=True)
class About:
    """The JSON member of a file."""

    classes: tuple[str, ...]
    access: Access
    seed: int
    primary: str | None
    known_are: str | None
    probes: tuple[str, ...]
    game: Mapping[str, Any]

    @classmethod
    def read(cls, archive: Archive) -> Self:
        document = archive.document(DOCUMENT)
        if (document.get("format"), document.get("version")) != (FORMAT, VERSION):
            raise archive.refused(
                f"it is {document.get('format')!r} of version {document.get('version')!r}, and {FORMAT!r} of "
                f"version {VERSION} is read; export it again with this attacker"
            )
        classes, probes = names(archive, document, "classes"), names(archive, document, "probes")
        if len(classes) < 2:
            raise archive.refused("it has fewer than two classes")
        seed, game = document.get("seed"), document.get("game", {})
        if type(seed) is not int or seed < 0 or not isinstance(game, dict):
            raise archive.refused(f"the seed in {DOCUMENT} must be a whole number, and the game an object")
        accesses: dict[str, Access] = {word: word for word in get_args(Access)}
        if (access := accesses.get(str(document.get("access")))) is None:
            raise archive.refused(f"access is {' or '.join(accesses)}, not {document.get('access')!r}")
        words = [document.get(name) for name in ("primary", "known_are")]
        primary, known_are = (word if isinstance(word, str) else None for word in words)
        return cls(classes, access, seed, primary, known_are, probes, game)


def names(archive: Archive, document: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """A list of distinct strings."""
    found = document.get(name, [])
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise archive.refused(f"{name} in {DOCUMENT} must be a list of names")
    if len(set(found)) < len(found):
        raise archive.refused(f"{name} in {DOCUMENT} names one twice")
    return tuple(found)


def check_shapes(
    archive: Archive, headers: Mapping[str, Header], shapes: Mapping[str, str], classes: int
) -> None:
    candidates, known = (prod(headers[name].shape) for name in ("candidate_labels", "known_labels"))
    lengths = {"K": classes, "N": candidates, "R": known, "M": candidates + known}
    try:
        lengths = bound({name: header.shape for name, header in headers.items()}, shapes, lengths)
    except ValueError as error:
        raise archive.refused(str(error)) from error
    for side, name in (("A", "targets_known"), ("B", "known_member")):
        if lengths[side] not in (0, known):
            raise archive.refused(f"{name} is about {lengths[side]} of {known} known records; all or none")
    if not candidates or not lengths["T"]:
        raise archive.refused("it has no candidates, or no targets")


def check_values(archive: Archive, about: About, arrays: Mapping[str, Array]) -> None:
    """What no transcript says: labels of no class, members beside the pool, a pool beside the access."""
    for name in ("candidate_labels", "known_labels", "pool"):
        most = len(about.classes) if "labels" in name else arrays["member"].shape[1]
        if arrays[name].dtype.kind not in "iu" or not within(arrays[name], most):
            raise archive.refused(f"{name} must be whole numbers from 0 to {most - 1}")
    for name in ("member", "known_member", "truth"):
        if name in arrays and not np.isin(arrays[name], (0, 1)).all():
            raise archive.refused(f"{name} must be 0 or 1 throughout")
    for name in ("targets", "targets_known"):
        archive.check_answers(name, arrays[name])
    pool, member, known_member = (arrays[name] for name in ("pool", "member", "known_member"))
    beside = np.setdiff1d(np.arange(member.shape[1]), pool)
    if len(np.unique(pool)) < len(pool) or member[:, beside].any():
        raise archive.refused("the pool must have each row once, and every row that a shadow model learned")
    if about.access == "disjoint" and (pool < len(arrays["candidate_labels"])).any():
        raise archive.refused("its pool has candidates; then the access is adaptive")
    if len(known_member) and (len(member) or not arrays["targets_known"].shape[1]):
        raise archive.refused(
            "where members are told, there are no shadow models, and answers about the known"
        )
    if "truth" in arrays and (arrays["truth"].all() or not arrays["truth"].any()):
        raise archive.refused("a truth needs members and non-members; leave it out as long as nobody tells")


def within(whole: Array, most: int) -> bool:
    return not whole.size or bool(whole.min() >= 0 and whole.max() < most)


def assembled(about: About, arrays: Mapping[str, Array], shadows: KeptAnswers) -> Transcript:
    return Transcript(
        classes=about.classes,
        access=about.access,
        candidates=Records(arrays["candidate_labels"].astype(np.int64), arrays["candidate_features"]),
        known=Records(arrays["known_labels"].astype(np.int64), arrays["known_features"]),
        targets=arrays["targets"].astype(np.float32),
        targets_known=arrays["targets_known"].astype(np.float32),
        shadows=shadows,
        member=arrays["member"].astype(np.bool_),
        pool=arrays["pool"].astype(np.int64),
        known_member=arrays["known_member"].astype(np.bool_),
        targets_observed={name: arrays[f"targets_observed_{i}"] for i, name in enumerate(about.probes)},
        shadows_observed={name: arrays[f"shadows_observed_{i}"] for i, name in enumerate(about.probes)},
    )
