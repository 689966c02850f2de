"""The licences of what is locked, as the installed packages state them: `python -m supply.licences`."""

import re
from collections.abc import Iterator
from importlib.metadata import metadata
from pathlib import Path

SUPPLY = Path(__file__).parent
SETS = {
    "attacker": "the attacker's image",
    "services": "the provider's and the challenger's",
    "scale": "the provider's on several machines",
    "dev": "development",
}
# Permissive, or with terms for changes to the package itself; the LGPL's is met by importing it as it is.
ALLOWED = {
    *(
        "0BSD",
        "Apache-2.0",
        "BSD",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "BSL-1.0",
        "CC0-1.0",
        "ISC",
        "LGPL-3.0-only",
    ),
    *("LLVM-exception", "MIT", "MIT-0", "MIT-CMU", "MPL-2.0", "PSF-2.0", "ZPL-2.1", "Zlib"),
}
# Not installed everywhere, or silent in their metadata: read in the packages themselves.
READ = {
    "atheris": "Apache-2.0",
    "colorama": "BSD-3-Clause",
    "importlib-metadata": "Apache-2.0",
    "lazy-importer": "Apache-2.0",
    "protobuf": "BSD-3-Clause",
    "python-rapidjson": "MIT",
    "tzdata": "Apache-2.0",
    "uritemplate": "BSD-3-Clause OR Apache-2.0",
    "uvloop": "Apache-2.0 OR MIT",
    "zipp": "MIT",
}
SPDX = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}

HEAD = """# Licences of what Penumbra stands on

Made by `make licences` from the packages' own statements. The licences of {others}
have terms for changes to the package itself, which is used as it is published. What torch's builds for GPUs
bring along has NVIDIA's own terms and is not listed.

| package | licence | first needed by |
|---|---|---|
"""


def main() -> None:
    (SUPPLY / "LICENCES.md").write_text(page(), encoding="utf-8")


def page() -> str:
    rows = {name: (licence_of(name), SETS[of]) for name, of in sorted(packages())}
    others = [name for name, (licence, _) in rows.items() if re.search("MPL|GPL", licence)]
    lines = [f"| {name} | {licence} | {of} |\n" for name, (licence, of) in rows.items()]
    return HEAD.format(others=", ".join(others)) + "".join(lines)


def packages() -> Iterator[tuple[str, str]]:
    """Every package with the first set that needs it."""
    yield "torch", "attacker"
    seen: set[str] = set()
    for of in SETS:
        here = set(re.findall(r"^([a-z0-9._-]+)==", (SUPPLY / f"{of}.lock").read_text(), re.MULTILINE))
        yield from ((name, of) for name in here - seen)
        seen |= here


def licence_of(name: str) -> str:
    """As an SPDX expression; "unknown" where nothing that we can read is said."""
    return READ.get(name) or stated(metadata(name).json)


def stated(said: dict[str, str | list[str]]) -> str:
    if (expression := said.get("license_expression")) is not None:
        return str(expression)
    if (short := said.get("license")) in ALLOWED:
        return str(short)
    classifiers = (one for one in said.get("classifier", []) if one.startswith("License ::"))
    named = {one.rpartition(" :: ")[2] for one in classifiers} - {"OSI Approved"}
    return " OR ".join(sorted({SPDX.get(one, "unknown") for one in named})) or "unknown"


def refused(licence: str) -> bool:
    """Whether any part of the expression is not allowed."""
    return not set(re.findall(r"[\w.-]+", licence)) <= ALLOWED | {"AND", "OR", "WITH"}


if __name__ == "__main__":
    main()
