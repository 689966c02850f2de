"""members.csv: who is listed as a member at a chosen false discovery rate; and the same in a result."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attacker.false_discovery import MemberList
from attacker.report.files import whole, write_csv
from attacker.store import Store

FILE = "members.csv"
FACT = "members_at_fdr"
HEADER = ("attack", "target", "candidate", "score", "p_value")


def keep(store: Store, lists: Iterable[MemberList]) -> None:
    """Put the lists with those of other attacks that the run has, and all of them into members.csv."""
    documents = store.fact(FACT) or {}
    store.keep(FACT, documents | {one.attack: asdict(one) for one in lists})
    write(store.folder, kept(store))


def kept(store: Store) -> list[MemberList]:
    return [MemberList.of(document) for document in (store.fact(FACT) or {}).values()]


def write(folder: Path, lists: Sequence[MemberList]) -> None:
    rows = [
        (one.attack, target, *member)
        for one in lists
        for target, members in enumerate(one.targets)
        for member in members
    ]
    with whole(folder / FILE) as partial:
        write_csv(partial, [HEADER, *rows])


def noted(
    entries: Iterable[Mapping[str, Any]], lists: Iterable[MemberList], truth: NDArray[np.bool_] | None
) -> list[dict[str, Any]]:
    """The attacks' entries of a result, each with its list in short; with the truth, how wrong it was."""
    summaries = {one.attack: {FACT: one.summary(truth)} for one in lists}
    return [{**entry, **summaries.get(entry["name"], {})} for entry in entries]


def lines(result: Mapping[str, Any]) -> Iterator[str]:
    """What there is to tell of the lists in a result."""
    for attack in result["attacks"]:
        if (told := attack.get(FACT)) is None:
            continue
        text = f"{attack['name']}: {told['listed']} members at a false discovery rate of {told['rate']:.1%}"
        if not told["listed"]:
            text += f" ({told['held_back']} records held back give no list of fewer than {told['shortest']})"
        if (false := told.get("false", {"value": None}))["value"] is not None:
            text += f"; {false['count']} of them are none, {false['value']:.1%}"
            text += f" ({false['low']:.1%}-{false['high']:.1%})"
        yield text
