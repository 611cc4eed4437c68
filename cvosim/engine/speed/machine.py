"""What the numbers were measured on."""

from __future__ import annotations

import math
import os
import platform
from collections.abc import Sequence
from pathlib import Path

from cvosim import __version__
from cvosim.tables.versions import versions_of

PACKAGES = ("numpy", "numba", "llvmlite", "simpy")


def cpu_model() -> str:
    """The processor's name; on Linux its family and model tell apart what the name does not."""
    info = Path("/proc/cpuinfo")
    if not info.exists():
        return platform.processor() or platform.machine()
    lines = (line.partition(":") for line in info.read_text("utf-8").splitlines())
    facts = {key.strip(): value.strip() for key, _, value in reversed(list(lines))}
    name = facts.get("model name", platform.machine())
    return f"{name} (family {facts.get('cpu family', '?')}, model {facts.get('model', '?')})"


def cores() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def load() -> float:
    """How many processes wanted a processor in the last minute; NaN where nobody counts them."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else math.nan


def versions(packages: Sequence[str] = PACKAGES) -> dict[str, str]:
    """Of Python and the packages that the speed depends on."""
    return {"cvosim": __version__, **versions_of(*packages)}


def describe() -> dict[str, object]:
    """All of it, ready for JSON; ``load`` above 1 means that others were busy here too."""
    busy = load()
    return {
        "cpu": cpu_model(),
        "cores": cores(),
        "system": f"{platform.system()} {platform.machine()}",
        "load": None if math.isnan(busy) else round(busy, 2),
        "versions": versions(),
    }
