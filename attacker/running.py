"""A run folder opened for work, with everything that a run works with."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from attacker.base import Base
from attacker.budget import Budget
from attacker.client.http import Http, checked_key
from attacker.client.url import checked_url
from attacker.configuration import Method, refuse_differences
from attacker.errors import ConfigurationError
from attacker.experiment import Run
from attacker.report import members, result
from attacker.report.screen import Screen
from attacker.session import Session
from attacker.store import Store

SAID = ("game", "challenge", "limits", "price", "shadow_price")  # by services; theirs to say again till paid
API_KEY = "ATTACKER_API_KEY"  # never a command's option: others see what is on a command line
TARGET_KEY = "ATTACKER_TARGET_KEY"  # for a model that is deployed elsewhere
PROVIDER = "ATTACKER_PROVIDER"  # whom the key is for
TARGET = "ATTACKER_TARGET"  # whom the other is for, where a game names it


@contextmanager
def session(
    out: Path,
    given: Mapping[str, Any],
    *,
    budget: str | None,
    quiet: bool,
    api_key: str | None = None,
    target_key: str | None = None,
) -> Iterator[Session]:
    """A session in `out`, begun or gone on with; `given` is what must not change on the way.

    Keys that are not given are the environment's.

    Raises RunDiffers when the folder belongs to another run, RunInUse when it is being worked in, and
    ConfigurationError for a budget that cannot be read or an API key that cannot be one.
    """
    limits = Budget.read(budget)
    key = checked_key(api_key or users_key(API_KEY)) or None
    target_key = checked_key(target_key or users_key(TARGET_KEY)) or None
    key_for, target_key_for = (
        named and checked_url(named) for named in map(os.environ.get, (PROVIDER, TARGET))
    )
    console = Console(stderr=True)
    with Store(out) as store:
        if store.fact("challenge") is None and not store.costs():
            begin(store, given)
        elif (store.fact("configuration") or {}).get("shadows", 0) < given.get("shadows", 0):
            top_up(store, given, out)
        refuse_differences(store.fact("configuration"), given, str(out))
        if not store.costs() and (said := [name for name in SAID if store.fact(name) is not None]):
            store.forget(*said)
        with Http(np.random.default_rng()) as http, Screen(console, quiet=quiet) as screen:
            yield Session(
                store=store,
                http=http,
                screen=screen,
                budget=limits,
                api_key=key,
                target_key=target_key,
                key_for=key_for,
                target_key_for=target_key_for,
            )


def users_key(variable: str) -> str:
    """A key that the user has, empty where none is named; raises ConfigurationError."""
    file = os.environ.get(f"{variable}_FILE")
    if not file:
        return os.environ.get(variable, "")
    try:
        key = Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{file}, which {variable}_FILE names, cannot be read.") from error
    if not key:
        raise ConfigurationError(f"{file}, which {variable}_FILE names, is empty; put the key into it.")
    return key


@contextmanager
def running(
    out: Path,
    method: Method,
    aim: Mapping[str, Any],
    *,
    budget: str | None,
    quiet: bool,
    api_key: str | None = None,
    target_key: str | None = None,
) -> Iterator[Run]:
    """A session with a method; `aim` is what it attacks."""
    base, given = Base.read(Path(method.base)) if method.base else None, {**aim, **method.document()}
    keys = {"api_key": api_key, "target_key": target_key}
    with session(out, given, budget=budget, quiet=quiet, **keys) as opened:
        account = opened if base is None else replace(opened, api_key=base.api_key)
        yield Run(**vars(account), method=method, base=base)


def begin(store: Store, given: Mapping[str, Any]) -> None:
    """While nothing is paid, other arguments are a correction: what the earlier ones left is forgotten."""
    if store.fact("configuration") != given:
        store.forget()
        store.keep("configuration", given)


def top_up(store: Store, given: Mapping[str, Any], out: Path) -> None:
    """Of shadow models there may be more than a run began with: what was fitted on fewer is fitted again."""
    grown = store.fact("configuration") | {"shadows": given["shadows"]}
    refuse_differences(grown, given, str(out))
    result.set_aside(out)
    store.forget("fitted", "submission", "closed", members.FACT)
    store.keep("configuration", grown)
