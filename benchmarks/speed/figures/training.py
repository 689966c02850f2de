"""Training by the provider's processes, against matrix products alone on the same cores."""

from collections.abc import Sequence
from pathlib import Path

from benchmarks import training
from benchmarks.speed.environment import processor_flags
from benchmarks.speed.figure import Figure

OF_PEAK = 0.7
BEYOND = 1.0  # with bfloat16, of the peak of float32
BFLOAT16 = ("avx512_bf16", "amx_bf16")


def measure(rounds: int, folder: Path) -> Sequence[Figure]:
    bars = {"float32": OF_PEAK}
    if processor_flags() & set(BFLOAT16):
        bars["bfloat16"] = BEYOND
    found = training.measure(rounds, folder, tuple(bars))
    what = (
        f"training over HTTP of {training.SHADOWS} shadow models, {training.RECORDS:,} records of "
        f"{training.FEATURES} features, {training.HIDDEN} hidden units, {training.CLASSES} classes"
    )
    return [
        Figure(
            f"training in {precision}",
            f"{what}, {precision}",
            "float32 matrix products alone, the fastest of several shapes, same cores",
            "GFLOP/s",
            "more",
            found[precision],
            found["peak float32"],
            bar=bar,
        )
        for precision, bar in bars.items()
    ]
