"""Seconds of hostile bytes for what customers send to a provider, and for its profiles:
NPY, CSV, JSON, TOML."""

from pathlib import Path

from numpy.random import Generator

from torture.found import Found
from torture.fuzzing import fuzzed

FULL, BRIEF = 200, 4


def run(much: int, random: Generator, folder: Path) -> Found:
    return fuzzed(["provider"], much, random, folder)
