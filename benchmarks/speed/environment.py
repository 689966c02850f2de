"""The machine that was measured on, and how much of it others took meanwhile."""

import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PACKAGES = ("numpy", "torch", "fastapi", "uvicorn", "SQLAlchemy", "scikit-learn")
STEAL = 7  # its place in the first line of /proc/stat, after the name
TOLD_FLAGS = ("avx2", "avx512f", "avx512_bf16", "amx_bf16", "amx_tile")


def environment() -> dict[str, Any]:
    return {
        "processor": processor(),
        "cores": os.cpu_count(),
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        "versions": {name: version_of(name) for name in PACKAGES},
        "gpu": gpu(),
    }


def processor() -> str:
    """The model's name, and which of the vector instructions that matter here it has."""
    name = about_processor().get("model name", platform.machine())
    told = [flag for flag in TOLD_FLAGS if flag in processor_flags()]
    return f"{name} ({', '.join(told) or 'none of the vector instructions looked for'})"


def processor_flags() -> set[str]:
    about = about_processor()
    return set(about.get("flags", about.get("Features", "")).split())


def about_processor() -> dict[str, str]:
    """What /proc/cpuinfo says, of the last of them."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    pairs = (line.split(":", 1) for line in lines if ":" in line)
    return {name.strip(): value.strip() for name, value in pairs}


def version_of(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def gpu() -> str | None:
    import torch

    return torch.cuda.get_device_name(0) if torch.cuda.is_available() else None


class Steal:
    """The share of the processors' time that the host gave to others; known at the end."""

    share = 0.0


@contextmanager
def steal() -> Iterator[Steal]:
    found, before = Steal(), jiffies()
    yield found
    spent = [after - earlier for after, earlier in zip(jiffies(), before, strict=True)]
    found.share = spent[STEAL] / max(1, sum(spent))


def jiffies() -> list[int]:
    """Of all processors since the start: user, nice, system, idle, iowait, irq, softirq, steal.

    What follows in that line, guests' time, is in the user's already.
    """
    return [int(word) for word in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1 : STEAL + 2]]
