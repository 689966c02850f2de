"""What a user knows of records without having any: marginals or their format, from a file."""

from pathlib import Path

from attacker.client import json_text
from attacker.client.documents import knowledge_of
from attacker.errors import ConfigurationError, UnexpectedAnswer
from attacker.knowledge import DESCRIBED, Knowledge


def read(file: Path, features: int) -> Knowledge:
    """Marginals or the format of records with that many features; raises ConfigurationError."""
    try:
        document = json_text.read(file.read_bytes())
        known = knowledge_of(document if isinstance(document, dict) else {})
    except (OSError, ValueError, UnexpectedAnswer) as error:
        raise ConfigurationError(
            f"{file} describes no records as a game's knowledge does: {error}"
        ) from error
    if known.kind not in DESCRIBED or len(known.format) != (features or len(known.format)):
        raise ConfigurationError(
            f"{file} describes {known.kind} of {len(known.format)} features; {' or '.join(DESCRIBED)} of the "
            f"{features} that the model takes are wanted."
        )
    return known
