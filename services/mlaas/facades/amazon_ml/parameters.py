"""Amazon's training parameters as the options of a profile of ours. Ranges are those of its API reference."""

import math
from collections.abc import Mapping

from services.web.problem import InvalidRequest

PROFILE = "amazon"
Number = type[int] | type[float]
OPTIONS: Mapping[str, tuple[str, Number]] = {
    "sgd.maxPasses": ("max_passes", int),
    "sgd.l2RegularizationAmount": ("l2", float),
}
SIZE, SMALLEST, LARGEST = "sgd.maxMLModelSizeInBytes", 100_000, 2**31
SHUFFLE, SHUFFLES = "sgd.shuffleType", ("auto", "none")
TAKEN = (*OPTIONS, SIZE, SHUFFLE)


def options_of(parameters: Mapping[str, str]) -> dict[str, float]:
    """What the profile is to be told; raises InvalidRequest.

    The size and the shuffling are checked, for old programs send them, and are otherwise left aside.
    """
    if unknown := [name for name in parameters if name not in TAKEN]:
        raise InvalidRequest(
            f"{len(unknown)} of the parameters are not taken; leave out all but {', '.join(TAKEN)}."
        )
    if parameters.get(SHUFFLE, "none") not in SHUFFLES:
        raise InvalidRequest(f"{SHUFFLE} is one of {', '.join(SHUFFLES)}.")
    if SIZE in parameters and not SMALLEST <= number(SIZE, parameters[SIZE], int) <= LARGEST:
        raise InvalidRequest(f"{SIZE} is from {SMALLEST} to {LARGEST}.")
    return {
        option: number(name, parameters[name], kind)
        for name, (option, kind) in OPTIONS.items()
        if name in parameters
    }


def number(name: str, text: str, kind: Number) -> float:
    """Raises InvalidRequest."""
    try:
        value = float(kind(text))
    except (ValueError, OverflowError):
        value = math.nan
    if not math.isfinite(value):
        raise InvalidRequest(f"{name} is {'a whole' if kind is int else 'a finite'} number, as a text.")
    return value
