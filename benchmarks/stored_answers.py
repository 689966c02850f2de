"""Score attacks on stored answers: seconds, memory, and how both grow with shadow models and records.

python -m benchmarks.stored_answers [--shadows 256] [--records 20000] [--classes 100] [--access adaptive]

A transcript of made-up models is written once; a process of its own reads it, then fits every attack and
scores one target. Beside it stands LiRA as its paper writes it down, a loop over records and shadow models.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from attacker import inference, transcript_file, transcript_reading
from attacker.attack import ATTACKS
from attacker.inference import Operation
from attacker.kept_answers import KeptAnswers
from attacker.records import Records
from attacker.threat_model import Access
from attacker.transcript import Transcript
from attacker.transcript_file import TranscriptFile

THRESHOLDS = ("loss_threshold", "confidence", "entropy", "modified_entropy")
NAMED = (*THRESHOLDS, "calibration", "lira", "rmia", "bavaria")
MORE = ("calibrated", "imitation")  # attack models, learned on at most 20,000 records
LIMIT_S, LIMIT_BYTES = 60.0, 2 * 2**30
FEATURES, LEAK, SEED = 16, 1.0, 1
SAMPLE = 20  # records of the plain loop
SHADOWS = (8, 16, 32, 64, 128, 256)
RECORDS = (1_000, 3_000, 10_000, 30_000, 100_000)


def measure(
    folder: Path,
    shadows: int = 256,
    records: int = 20_000,
    classes: int = 100,
    access: Access = "adaptive",
    attacks: Sequence[str] = NAMED,
) -> dict[str, Any]:
    """{"seconds": {attack: s}, "read", "total", "processor", "peak_bytes", "file_bytes"}.

    `processor` is its time for reading and the named attacks, which other programs do not lengthen. The file
    is gone afterwards.
    """
    path = folder / "transcript.npz"
    write(path, shadows, records, classes, access)
    command = [sys.executable, "-m", "benchmarks.stored_answers", "--attack", str(path), *attacks]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found: dict[str, Any] = json.loads(told) | {"file_bytes": path.stat().st_size}
    path.unlink()
    return found | {"total": found["read"] + sum(found["seconds"].values())}


def growth(folder: Path, access: Access = "adaptive") -> dict[str, dict[int, float]]:
    """Processor seconds by number of shadow models (5,000 records) and of records (32 shadow models)."""
    of_shadows = {s: measure(folder, s, 5_000, 100, access)["processor"] for s in SHADOWS}
    of_records = {n: measure(folder, 32, n, 20, access)["processor"] for n in RECORDS}
    return {"shadows": of_shadows, "records": of_records}


def slope(seconds: dict[int, float]) -> float:
    """Of log time on log size: 1 is linear."""
    return float(np.polyfit(np.log(list(seconds)), np.log(list(seconds.values())), 1)[0])


def attack(path: Path, attacks: Sequence[str]) -> dict[str, Any]:
    """What the process of its own does: everything from the file to the scores."""
    for name in attacks:
        ATTACKS.load(name)  # importing is not what is measured
    began, processor = time.monotonic(), time.process_time()
    transcript = transcript_reading.read(path).transcript
    read, seconds, taken = time.monotonic() - began, {}, 0.0
    for name in attacks:
        began = time.monotonic()
        inference.infer(transcript, name, Operation(SEED))
        seconds[name] = time.monotonic() - began
        if name in NAMED:
            taken = time.process_time() - processor
    return {"seconds": seconds, "read": read, "processor": taken, "peak_bytes": peak_bytes()}


def peak_bytes() -> int:
    """The most memory that this process has held; `getrusage` would count that of the one it came from."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


class Made(KeptAnswers):
    """Answers made when asked for: a softmax of logits, larger for the true class, more so where learned."""

    def __init__(self, labels: NDArray[np.int64], member: NDArray[np.bool_], classes: int) -> None:
        self.shape = (*member.shape, classes)
        self.labels, self.member = labels, member
        self.difficulty = np.random.default_rng(SEED).normal(0, 1.5, len(labels))

    def read(self, model: int) -> NDArray[np.float32]:
        logits = np.random.default_rng([SEED, model]).standard_normal(self.shape[1:], np.float32)
        rise = 4 - self.difficulty + LEAK * self.member[model]
        logits[np.arange(len(self.labels)), self.labels] += rise.astype(np.float32)
        np.exp(logits, out=logits)
        logits /= logits.sum(axis=1, keepdims=True)
        return logits


def made(shadows: int, records: int, classes: int, access: Access) -> Transcript:
    """Four in five records are the pool: the candidates, or where access is disjoint the known ones."""
    rng = np.random.default_rng(SEED)
    pooled = records * 4 // 5
    candidates = pooled if access == "adaptive" else records - pooled
    pool = np.arange(pooled) + (0 if access == "adaptive" else candidates)
    member = np.zeros((shadows + 1, records), np.bool_)  # the last is the target's
    for shadow in range(0, shadows, 2):  # in pairs, as they are planned: what one learns, the other does not
        order = rng.permutation(pool)
        member[shadow, order[: pooled // 2]] = member[shadow + 1, order[pooled // 2 :]] = True
    member[-1] = False
    member[-1, rng.permutation(candidates)[: candidates // 2]] = True
    labels, features = rng.integers(classes, size=records), rng.integers(0, 2, (records, FEATURES))
    answers = Made(labels, member, classes)
    target = answers.read(shadows)
    return Transcript(
        classes=tuple(map(str, range(classes))),
        access=access,
        candidates=Records(labels[:candidates], features[:candidates]),
        known=Records(labels[candidates:], features[candidates:]),
        targets=target[None, :candidates],
        targets_known=target[None, candidates:],
        shadows=Made(labels, member[:shadows], classes),
        member=member[:shadows],
        pool=pool,
        known_member=np.empty(0, np.bool_),
    )


def write(path: Path, shadows: int, records: int, classes: int, access: Access) -> None:
    transcript_file.write(path, TranscriptFile(made(shadows, records, classes, access), None, seed=SEED))


def plain_loop(shadows: int, records: int, classes: int) -> float:
    """Processor seconds that LiRA online would take on all candidates, from a few of them."""
    from scipy.stats import norm

    transcript = made(shadows, records, classes, "adaptive")
    sample = np.linspace(0, len(transcript.candidates) - 1, SAMPLE).astype(int)
    answers = np.stack([model[sample] for model in transcript.shadows]).astype(np.float64)
    began = time.process_time()
    for place, record in enumerate(sample):
        label, at = transcript.candidates.labels[record], {True: [], False: []}
        for shadow in range(shadows):
            learned = bool(transcript.member[shadow, record])
            at[learned].append(log_odds(answers[shadow, place], label))
        signal = log_odds(transcript.targets[0, record].astype(np.float64), label)
        laws = [norm(np.mean(values), np.std(values, ddof=1)) for values in at.values()]
        laws[0].logpdf(signal) - laws[1].logpdf(signal)
    return (time.process_time() - began) / SAMPLE * len(transcript.candidates)


def log_odds(probabilities: NDArray[np.float64], label: int) -> float:
    return float(np.log(probabilities[label]) - np.log(np.delete(probabilities, label).sum()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shadows", type=int, default=256)
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--classes", type=int, default=100)
    parser.add_argument("--access", choices=get_args(Access), nargs="+", default=list(get_args(Access)))
    parser.add_argument("--growth", action="store_true", help="the curves too")
    parser.add_argument("--attack", nargs="+", metavar=("FILE", "NAME"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.attack:
        print(json.dumps(attack(Path(arguments.attack[0]), arguments.attack[1:])))
        return
    size = arguments.shadows, arguments.records, arguments.classes
    loop = plain_loop(*size)
    print("{:,} shadow models, {:,} records, {:,} classes".format(*size))
    print(f"LiRA as a plain loop over {SAMPLE} records, for all candidates: {loop:,.0f} s", flush=True)
    for access in arguments.access:
        with tempfile.TemporaryDirectory() as folder:
            show(access, measure(Path(folder), *size, access, (*NAMED, *MORE)), loop)
            if arguments.growth:
                for what, seconds in growth(Path(folder), access).items():
                    told = ", ".join(f"{number:,}: {one:.2f} s" for number, one in seconds.items())
                    print(f"{access}, by {what}: {told}; slope {slope(seconds):.2f}", flush=True)


def show(access: str, found: dict[str, Any], loop: float) -> None:
    print(f"\n| {access} | seconds |\n|---|---|\n| reading and checking the file | {found['read']:.1f} |")
    for name, seconds in found["seconds"].items():
        print(f"| {name} | {seconds:.1f} |")
    named = found["read"] + sum(found["seconds"][name] for name in NAMED)
    print(f"| **the first {len(NAMED)} and reading** (at most {LIMIT_S:.0f}) | {named:.1f} |")
    print(f"| processor time of all of them | {found['processor']:.1f} |")
    print(f"| **peak memory, GiB** (at most {LIMIT_BYTES / 2**30:.0f}) | {found['peak_bytes'] / 2**30:.2f} |")
    print(f"the plain loop for LiRA alone: {loop / found['processor']:.1f} times the processor time of all")


if __name__ == "__main__":
    main()
