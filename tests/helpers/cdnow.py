"""The CDNOW orders that the MIT-licensed package `lifetimes` ships, as a CSV of ours."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

END = "1997-09-30"
"""Last day of the 39 weeks that the literature fits to; 39 more are held out."""


def cdnow_file(name: str = "CDNOW_sample.txt") -> Path:
    """Find the file without importing the package, which is slow and noisy."""
    spec = importlib.util.find_spec("lifetimes")
    if spec is None or spec.origin is None:
        pytest.skip("the package lifetimes, whose CDNOW orders are needed, is not installed")
    return Path(spec.origin).parent / "datasets" / name


def write_cdnow(path: Path) -> Path:
    """Write the 1/10 sample (master id, sample id, date, CDs, dollars) as a CSV."""
    lines = ["customer,date,amount"]
    for line in cdnow_file().read_text("ascii").splitlines():
        _, customer, date, _, dollars = line.split()
        lines.append(f"{customer},{date},{dollars}")
    path.write_text("\n".join(lines) + "\n", "ascii")
    return path
