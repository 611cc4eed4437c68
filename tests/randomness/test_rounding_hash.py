"""The hash of how a machine rounds hears of every last bit."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import pytest

from cvosim.randomness import rounding
from cvosim.randomness.rounding import rounding_hash

RANGES = {"exp": (-690.0, 690.0), "log": (2.0**-53, 128.0)}
"""What formulas ask for at least; see `cvosim.randomness.draws`."""


def machine(monkeypatch: pytest.MonkeyPatch, **functions: Any) -> None:
    whole = {"exp": math.exp, "log": math.log} | functions
    monkeypatch.setattr(rounding, "math", SimpleNamespace(**whole))


@pytest.mark.parametrize("name", ["exp", "log"])
def test_as_many_places_as_it_says(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def noted(x: float) -> float:
        asked.append(x)
        return float(getattr(math, name)(x))

    before = rounding_hash()
    machine(monkeypatch, **{name: noted})
    assert rounding_hash() == before
    assert len(set(asked)) == len(asked) == 20_000
    results = [getattr(math, name)(x) for x in asked]
    assert all(map(math.isfinite, results))
    low, high = RANGES[name]
    assert (min(asked) <= low, max(asked) >= high) == (True, True)
    assert sum(low <= x <= 0.5 * (low + high) for x in asked) > 2_000
    if name == "log":
        smallest, largest = 2.0**-53, 1.0 - 2.0**-53
        assert smallest in asked, "the smallest uniform"
        assert largest in asked, "the largest uniform"
        assert sum(0.0 < x < 0.0014 for x in asked) > 10_000
    else:
        assert sum(x < 0.0 for x in asked) == 10_000, "half of them are negative"


@pytest.mark.parametrize("name", ["exp", "log"])
@pytest.mark.parametrize("place", [0, 1, 9_999, 19_999])
def test_one_last_bit_makes_another_machine(
    name: str, place: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = iter(range(20_000))

    def off(x: float) -> float:
        value = float(getattr(math, name)(x))
        return math.nextafter(value, math.inf) if next(calls) == place else value

    before = rounding_hash()
    machine(monkeypatch, **{name: off})
    assert rounding_hash() != before
