"""The log of a server: a JSON object a line on standard error; on a terminal, a line for people.

No key, header or body is ever in it: of an exception it has the type and the places that it passed and not
its text, which may quote what was sent; of what other libraries say, the first line.
"""

import logging
import re
import sys
import threading
import traceback
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

import orjson

from services.web.keys import without_keys

OURS = ("services", "__main__")
QUIET = ("alembic", "httpx", "httpcore")  # they tell of every step
REMOTE = "RemoteTraceback"  # how it is handed on where in another process an exception arose
PLACE = re.compile(r'File "([^"\n]+)", line (\d+), in (\w+|<\w+>)$', re.MULTILINE)

log = logging.getLogger(__name__)


def begin() -> None:
    """For the rest of this process: all that is logged, warnings and what nobody caught."""
    handler = logging.StreamHandler()
    handler.setFormatter(ForPeople() if sys.stderr.isatty() else AsJson())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    warnings.showwarning = warned
    sys.excepthook = uncaught
    threading.excepthook = uncaught_in_thread


def begun() -> bool:
    """Whether this process is a server, whose every line is one of the log."""
    return any(isinstance(one.formatter, AsJson | ForPeople) for one in logging.getLogger().handlers)


def warned(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    log.warning("%s at %s:%d", category.__name__, filename, lineno)


def uncaught(kind: type[BaseException], error: BaseException, _: Any) -> None:
    log.critical("the process ends by an error that nobody caught", exc_info=error)


def uncaught_in_thread(failed: threading.ExceptHookArgs) -> None:
    log.critical("a thread ended by an error that nobody caught", exc_info=failed.exc_value)


class AsJson(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return orjson.dumps(event(record), default=str).decode()


class ForPeople(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        told = event(record)
        head = [told.pop(name) for name in ("time", "level", "logger", "message")]
        errors = told.pop("errors", [])
        lines = [" ".join([*head, *(f"{name}={value}" for name, value in told.items())])]
        for error in errors:
            lines += [f"  {error['type']}", *(f"    {place}" for place in error["places"])]
        return "\n".join(lines)


def event(record: logging.LogRecord) -> dict[str, Any]:
    """What is told of a record; `extra={"fields": {...}}` adds to it."""
    message, places = said(record)
    told = {
        "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "logger": record.name,
        "message": message,
        **getattr(record, "fields", {}),
    }
    if record.exc_info and record.exc_info[1] is not None:
        told["errors"] = [described(error) for error in chain(record.exc_info[1])]
    return told | ({"places": places} if places else {})


def said(record: logging.LogRecord) -> tuple[str, list[str]]:
    """The message, and the places that a library has written into it."""
    text = record.getMessage()
    if record.name.partition(".")[0] in OURS:
        return without_keys(text), []
    return without_keys(text.strip().partition("\n")[0]), places_in(text)


def chain(error: BaseException) -> Iterator[BaseException]:
    """The error and what it came from, the latest first."""
    seen: set[int] = set()
    found: BaseException | None = error
    while found is not None and id(found) not in seen:
        seen.add(id(found))
        yield found
        found = found.__cause__ or (None if found.__suppress_context__ else found.__context__)


def described(error: BaseException) -> dict[str, Any]:
    kind = type(error)
    if kind.__name__.endswith(REMOTE):
        return {"type": "in another process", "places": places_in(str(error))}
    passed = traceback.walk_tb(error.__traceback__)
    places = [f"{frame.f_globals.get('__name__')}:{line} {frame.f_code.co_name}" for frame, line in passed]
    return {"type": f"{kind.__module__}.{kind.__qualname__}".removeprefix("builtins."), "places": places}


def places_in(text: str) -> list[str]:
    """The places in a traceback that is text: what names no file that there is stands in a message."""
    found = PLACE.findall(text)
    return [f"{Path(file).name}:{line} {name}" for file, line, name in found if Path(file).is_file()]
