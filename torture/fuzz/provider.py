"""Seconds of hostile bytes for what customers send to a provider, and for its profiles:
NPY, CSV, JSON, TOML."""

from pathlib import Path

from numpy.random import Generator

from torture.decoding.fuzzing import fuzzed
from torture.found import Found

FULL, BRIEF = 200, 4


def run(much: int, random: Generator, folder: Path) -> Found:
    return fuzzed(["provider"], much, random, folder)
