"""What decoders take, and what once broke one: every seed ends in a result or in a declared refusal."""

from contextlib import suppress
from pathlib import Path
from pkgutil import iter_modules

import pytest

from torture.decoding import decoders
from torture.decoding.decoder import LONGEST_REFUSAL, SEEDS, Decoder, of_group

GROUPS = [group.name for group in iter_modules(decoders.__path__)]
DECODERS = {decoder.name: decoder for group in GROUPS for decoder in of_group(group)}


@pytest.mark.parametrize("decoder", DECODERS.values(), ids=DECODERS)
def test_every_seed_is_read_or_refused(decoder: Decoder, tmp_path: Path) -> None:
    assert all(len(refusal(decoder, content, tmp_path)) <= LONGEST_REFUSAL for content in decoder.known())


def refusal(decoder: Decoder, content: bytes, folder: Path) -> str:
    """Empty where it was read."""
    try:
        decoder.read(content, folder)
    except decoder.refusals as refused:
        return str(refused)
    return ""


@pytest.mark.parametrize("decoder", DECODERS.values(), ids=DECODERS)
def test_a_decoder_has_a_seed_that_it_reads(decoder: Decoder, tmp_path: Path) -> None:
    def reads(content: bytes) -> bool:
        with suppress(*decoder.refusals):
            decoder.read(content, tmp_path)
            return True
        return False

    assert any(map(reads, decoder.known()))


def test_all_seeds_are_some_decoders() -> None:
    assert {folder.name for folder in SEEDS.iterdir()} == DECODERS.keys()
