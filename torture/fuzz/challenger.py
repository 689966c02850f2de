"""Seconds of hostile bytes for what is sent to a challenger, and for data sets that others
published: JSON, NPZ, tar, IDX, WebP, words."""

from pathlib import Path

from numpy.random import Generator

from torture.decoding.fuzzing import fuzzed
from torture.found import Found

FULL, BRIEF = 260, 5


def run(much: int, random: Generator, folder: Path) -> Found:
    return fuzzed(["challenger", "published"], much, random, folder)
