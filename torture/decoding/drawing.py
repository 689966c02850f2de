"""Hostile bytes as hypothesis draws them: a seed, changed a few times, or noise."""

from collections.abc import Callable
from random import Random

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from torture.decoding.decoder import Decoder

LARGEST, LARGEST_NOISE = 2**16, 512


def contents(decoder: Decoder) -> st.SearchStrategy[bytes]:
    numbers = st.lists(st.integers(0, 2**64 - 1), max_size=4)
    worse = st.builds(
        lambda known, drawn: changed(decoder, known, drawn), st.sampled_from(decoder.known()), numbers
    )
    return worse | st.binary(max_size=LARGEST_NOISE)


def changed(decoder: Decoder, content: bytes, numbers: list[int]) -> bytes:
    for number in numbers:
        content = decoder.change(content, Random(number))[:LARGEST]
    return content


def drawn(decoder: Decoder, take: Callable[[bytes], None], number: int, examples: int = 200) -> None:
    """So many of them, taken one after the other."""
    quickly = settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    seed(number)(quickly(given(contents(decoder))(take)))()
