"""The benchmarks lie beside the package, not in it: only a checkout has them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch) -> None:
    if not (ROOT / "benchmarks" / "__main__.py").is_file():
        pytest.skip("not a checkout: there are no benchmarks here")
    # at the end: processes that are spawned go by it, too, and shall find the installed cvosim
    monkeypatch.setattr(sys, "path", [*sys.path, str(ROOT)])
