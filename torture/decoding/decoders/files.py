"""Files that an attacker is handed: records, predictions from elsewhere, transcripts, plans."""

from pathlib import Path
from typing import Any

from attacker import description, importing, records, transcript_reading
from attacker.errors import ConfigurationError
from attacker.paper import Experiment
from torture.decoding.changes import archives, documents, lines, npy
from torture.decoding.decoder import Decoder, from_file

CLASSES = ("0", "1", "2")
FEATURES, CANDIDATES = 4, 6
REFUSALS = (ConfigurationError,)


def imported(file: Path) -> Any:
    return importing.imported(importing.read(file, {}))


def labelled(file: Path) -> Any:
    return records.read(file, CLASSES, FEATURES)


def transcript(file: Path) -> Any:
    return list(transcript_reading.read(file).transcript.shadows)


DECODERS = (
    Decoder("records_npy", from_file(labelled, ".npy"), REFUSALS, npy.changed),
    Decoder("records_csv", from_file(labelled, ".csv"), REFUSALS, lines.changed),
    Decoder(
        "truth", from_file(lambda file: records.read_truth(file, CANDIDATES), ".npy"), REFUSALS, npy.changed
    ),
    Decoder("array", from_file(records.read_numbers, ".npy"), REFUSALS, npy.changed),
    Decoder("predictions", from_file(imported, ".npz"), REFUSALS, archives.changed_zip),
    Decoder("transcript", from_file(transcript, ".npz"), REFUSALS, archives.changed_zip),
    Decoder(
        "knowledge",
        from_file(lambda file: description.read(file, 0), ".json"),
        REFUSALS,
        documents.changed_json,
    ),
    Decoder(
        "experiment",
        from_file(lambda file: Experiment.read(str(file), "quick"), ".toml"),
        REFUSALS,
        documents.changed_toml,
    ),
)
