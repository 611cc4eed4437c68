"""The benchmarks lie beside the package, not in it: only a checkout has them."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch) -> None:
    if not (ROOT / "benchmarks" / "__main__.py").is_file():
        pytest.skip("not a checkout: there are no benchmarks here")
    monkeypatch.syspath_prepend(ROOT)
