"""A run's transcript as a file: what attacks need, and nothing of accounts, services and bills."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attacker import transcript_file
from attacker.analysis import finished
from attacker.challenge import Challenge
from attacker.run_transcript import known_are, transcript_of
from attacker.store import Store
from attacker.transcript_file import TranscriptFile

PUBLIC = ("id", "dataset", "classes", "shape", "rules")  # what is taken from the game's own document


def export(folder: Path, out: Path) -> None:
    """Write the transcript of a finished run; the truth is in it once the game is closed.

    Raises ConfigurationError for a folder without a finished run.
    """
    with finished(folder) as (store, challenge):
        configuration = store.fact("configuration")
        file = TranscriptFile(
            transcript_of(store, challenge),
            store.truth(),
            seed=configuration["seed"],
            primary=configuration["primary"],
            known_are=known_are(store),
            game=facts(store, challenge),
        )
    transcript_file.write(out, file)


def facts(store: Store, challenge: Challenge) -> Mapping[str, Any]:
    game = store.fact("game") or {}
    return {name: game[name] for name in PUBLIC if name in game} | {
        "profile": challenge.profile,
        "options": dict(challenge.options),
        "members": challenge.members,
        "knowledge": challenge.knowledge.kind,
    }
