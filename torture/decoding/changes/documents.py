"""JSON and TOML with a member that is missing, doubled, renamed, or of a value that nobody means."""

import json
import tomllib
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any

from torture.decoding.changes import octets

NUMBERS = [0, -1, 1, 2, 3.5, 1e308, -1e308, 5e-324, 2**31, 2**53 + 1, 2**63, 2**64, 10**12, 10**400]
WORDS = [
    "",
    "0",
    "a",
    " ",
    "\0",
    "\x1b[2J",
    "\u202e",
    "\ud800",
    "a" * 3000,
    "../../../etc/passwd",
    "<script>",
]
LISTS = [[], {}, [[]], [{}], [None], [0, "a"], {"a": 1}, [0.5] * 50, ["0", "0"], [[0, 0]] * 9]
VALUES: list[Any] = [None, True, False, *NUMBERS, *WORDS, *LISTS]
RAW = "\ue000"  # stands for what no value is written as
LONG = ["9" * 5000, "[" * 300 + "]" * 300, "[" * 9999]
JSON_TEXTS = ["NaN", "Infinity", "-Infinity", "1e999", "-0.0", "{", *LONG]
TOML_TEXTS = ["nan", "inf", "-inf", "1979-05-27", "07:32:00", "0xff", "'''x'''", *LONG]
Place = tuple[Any, Any]  # a list or an object, and an index or a name in it


def changed_json(content: bytes, random: Random) -> bytes:
    return changed(content, random, json.loads, written_json, JSON_TEXTS)


def changed_toml(content: bytes, random: Random) -> bytes:
    return changed(content, random, lambda text: tomllib.loads(text.decode()), written_toml, TOML_TEXTS)


def changed(
    content: bytes,
    random: Random,
    read: Callable[[bytes], Any],
    write: Callable[[Any], str],
    texts: Sequence[str],
) -> bytes:
    try:
        document = read(content)
        for _ in range(random.choice((1, 1, 1, 2, 3))):
            change(document, random)
        text = write(document)
    except (ValueError, RecursionError, TypeError):
        return octets.changed(content, random)
    return text.replace(f'"{RAW}"', random.choice(texts)).encode("utf-8", "surrogatepass")


def change(document: Any, random: Random) -> None:
    """One member somewhere in it."""
    there = list(places(document))
    if not there:
        return
    within, name = random.choice(there)
    match random.randrange(6):
        case 0:
            del within[name]
        case 1 if isinstance(within, list):
            within.insert(name, within[name])
        case 1:
            within[random.choice((str(name) + "x", "", "a" * 300, "kind", "name"))] = within.pop(name)
        case 2:
            other, its = random.choice(there)
            within[name] = json.loads(json.dumps(other[its], default=str))
        case 3:
            within[name] = RAW
        case _:
            within[name] = json.loads(json.dumps(random.choice(VALUES)))


def places(document: Any) -> Iterator[Place]:
    members: Any = ()
    if isinstance(document, dict):
        members = document.items()
    elif isinstance(document, list):
        members = enumerate(document[:50])
    for name, value in members:
        yield document, name
        yield from places(value)


def written_json(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False)


def written_toml(document: dict[str, Any]) -> str:
    """A key a line: what is within another is written inline."""
    return "".join(f"{json.dumps(key)} = {inline(value)}\n" for key, value in document.items())


def inline(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {inline(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(inline, value)) + "]"
    return str(value) if isinstance(value, float) else json.dumps(value, default=str, ensure_ascii=False)
