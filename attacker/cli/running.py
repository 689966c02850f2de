"""A run folder opened for a command, with everything a run works with."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from attacker.client.http import Http, checked_key
from attacker.configuration import Method, refuse_differences
from attacker.experiment import Run
from attacker.report.screen import Screen
from attacker.store import Store

API_KEY = "ATTACKER_API_KEY"  # from the environment: others see what is on a command line


@contextmanager
def running(
    out: Path,
    method: Method,
    aim: Mapping[str, Any],
    *,
    budget: int | None,
    quiet: bool,
) -> Iterator[Run]:
    """A run in `out`, begun or gone on with; `aim` is what it attacks.

    Raises RunDiffers when the folder belongs to another run, RunInUse when it is being worked in, and
    ConfigurationError for an API key that cannot be one.
    """
    key = checked_key(os.environ.get(API_KEY, "")) or None
    given = {**aim, **method.document()}
    console = Console(stderr=True)
    with Store(out) as store:
        if store.fact("challenge") is None:
            begin(store, given)
        refuse_differences(store.fact("configuration"), given, str(out))
        with Http(np.random.default_rng()) as http, Screen(console, quiet=quiet) as screen:
            yield Run(store, http, screen, method, budget, key)


def begin(store: Store, given: Mapping[str, Any]) -> None:
    """While nothing is paid, other arguments are a correction: what the earlier ones left is forgotten."""
    if store.fact("configuration") != given:
        store.forget()
        store.keep("configuration", given)
