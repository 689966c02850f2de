"""Seconds of hostile bytes for what servers answer to an attacker, and for files that it is
handed: NPY, JSON, CSV, NPZ, TOML."""

from pathlib import Path

from numpy.random import Generator

from torture.decoding.fuzzing import fuzzed
from torture.found import Found

FULL, BRIEF = 260, 6


def run(much: int, random: Generator, folder: Path) -> Found:
    return fuzzed(["answers", "dialects", "files"], much, random, folder)
