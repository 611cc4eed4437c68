"""The hash of how a machine rounds hears of every last bit."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import pytest

from cvosim.randomness import rounding
from cvosim.randomness.rounding import rounding_hash


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
    assert min(asked) > 0.0
    assert math.isfinite(math.exp(max(asked)))


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
