"""What `make` installs: every file known by its hash, one version of everything, nobody's index named."""

import re
import tomllib
from importlib.metadata import requires
from pathlib import Path
from typing import Any

import pytest

from supply.locking import SETS

ROOT = Path(__file__).parents[2]
BEGIN = re.compile(r"^([a-z0-9._-]+)==([^ ;]+)", re.MULTILINE)


def pinned(name: str) -> dict[str, str]:
    return dict(BEGIN.findall((ROOT / "supply" / f"{name}.lock").read_text()))


@pytest.mark.parametrize("name", SETS)
def test_every_line_of_a_lock_is_a_version_or_a_hash_of_its_files(name: str) -> None:
    entries = (ROOT / "supply" / f"{name}.lock").read_text().replace("\\\n", "").splitlines()
    known = re.compile(r"[a-z0-9._-]+==[^ ]+( ; [^\\]+?)?( +--hash=sha256:[0-9a-f]{64})+")
    wrong = [entry[:80] for entry in entries if not entry.startswith("#") and not known.fullmatch(entry)]
    assert entries
    assert wrong == []


@pytest.mark.parametrize("name", [name for name in SETS if name != "dev"])
def test_an_image_has_the_versions_that_the_tests_ran_with(name: str) -> None:
    assert pinned(name).items() <= pinned("dev").items()


@pytest.mark.parametrize("name", SETS)
def test_a_lock_has_all_that_its_extras_ask_for(name: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = [*project["dependencies"], *(one for extra in SETS[name] for one in optional(project, extra))]
    names = {re.split(r"[\[><=; ]", one)[0].lower() for one in asked} - {"torch"}
    assert names <= pinned(name).keys()


def test_what_torch_needs_is_locked_beside_it() -> None:
    needed = {
        re.split(r"[\[><=!~; ]", one)[0].lower()
        for one in requires("torch") or []
        if "extra ==" not in one and "platform_system" not in one and "sys_platform" not in one
    }
    assert {name.replace("_", "-") for name in needed} <= pinned("attacker").keys()


def test_the_attackers_image_has_nothing_of_a_server() -> None:
    assert pinned("attacker").keys() & {"fastapi", "uvicorn", "sqlalchemy", "alembic", "starlette"} == set()


def optional(project: dict[str, Any], extra: str) -> list[str]:
    found: list[str] = project["optional-dependencies"][extra]
    return found
