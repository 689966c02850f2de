"""Attacks on a transcript file, without the run or the models it came from."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attacker import inference, transcript_reading
from attacker.analysis import Note, Wish, inferred
from attacker.errors import CannotAttack
from attacker.false_discovery import lists
from attacker.inference import Operation
from attacker.report import members, result
from attacker.transcript_file import TranscriptFile


def analyse(path: Path, folder: Path, wish: Wish, note: Note) -> dict[str, Any]:
    """Fit attacks on the transcript in `path`; result.json, scores.csv and members.csv go to `folder`.

    Scores are to the bit those of the run that was exported. Without the truth the result has no evaluations.
    Raises ConfigurationError for a file that cannot be used, CannotAttack where no attack can.
    """
    file = transcript_reading.read(path)
    transcript = wish.limited(file.transcript)
    judged = list(inferred(transcript, wish.attacks, Operation(file.seed, wish.precision), note))
    if not judged:
        raise CannotAttack(f"{path} suffices for none of these attacks; name others with --attacks.")
    folder.mkdir(parents=True, exist_ok=True)
    result.write_scores(folder, judged)
    occasion = str(file.game.get("id", file.seed))
    entries: list[Mapping[str, Any]] = [
        inference.evaluation(one, transcript, file.truth, occasion) for one in judged
    ]
    listed = []
    if wish.fdr is not None:
        names = [one.attack for one in judged]
        listed = lists(wish.fdr, transcript, names, seed=file.seed, known_are=file.known_are, note=note)
        members.write(folder, listed)
    found = document(path, file, len(transcript.shadows))
    return result.write(folder, found | {"attacks": members.noted(entries, listed, file.truth)})


def document(path: Path, file: TranscriptFile, shadows: int) -> dict[str, Any]:
    """A result of this transcript, but for the attacks: it has no ledger, for nothing was asked."""
    with path.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256")
    return {
        "schema": result.SCHEMA,
        "transcript": {"file": path.name, "sha256": digest.hexdigest()},
        "game": file.game,
        "seed": file.seed,
        "versions": result.versions(),
        "primary": file.primary,
        "shadows": {"ready": shadows, "failed": []},
        "ledger": {},
        "currency": "",
    }
