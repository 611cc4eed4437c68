"""How far a slider reaches around a present value, and in which steps."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

_UNSAID_ABOVE = 1e5
"""Bounds beyond it are technical; they bind, but nobody needs to be told."""
_STEPS = 100
_FINEST = 1000
_FEWEST = 20
_FROM_ZERO = {"share": 0.2, "money": 20.0, "days": 30.0, "log-odds": 2.0}
"""Where a slider ends that stands at 0, by unit."""


class Range(NamedTuple):
    """What a slider offers, and the hard bounds, None where there are none to speak of."""

    low: float
    high: float
    step: float
    least: float | None
    most: float | None


def range_of(value: float, schema: dict[str, Any]) -> Range:
    """Choose a slider's range around a value, inside the bounds that a schema sets.

    Examples
    --------
    >>> range_of(29.0, {"type": "number", "minimum": 0, "maximum": 1e12, "x-unit": "money"})
    Range(low=0.0, high=90.0, step=1.0, least=0.0, most=None)
    >>> range_of(0.25, {"type": "number", "minimum": 0, "maximum": 1, "x-unit": "share"})
    Range(low=0.0, high=0.8, step=0.01, least=0.0, most=1.0)
    >>> range_of(3, {"type": "integer", "minimum": 1})
    Range(low=1, high=13, step=1, least=1, most=None)
    """
    floor = _bound(schema, "minimum", "exclusiveMinimum")
    ceiling = _bound(schema, "maximum", "exclusiveMaximum")
    if schema.get("type") == "integer":
        return _whole(int(value), floor, ceiling)
    low, high = _wished(value, schema.get("x-unit", ""), signed=floor is None or floor < 0.0)
    low = low if floor is None else max(low, floor)
    high = high if ceiling is None else min(high, ceiling)
    step = _step(value, low, high)
    if low == schema.get("exclusiveMinimum"):
        low = min(low + step, value)
    elif 0.0 < low < step:  # a technical bound, off the steps
        low = min(step, value)
    if high == schema.get("exclusiveMaximum"):
        high = max(high - step, value)
    return Range(float(low), float(high), step, _said(floor), _said(ceiling))


def narrowed(value: float, span: Range, allowed: Callable[[float], bool]) -> Range | None:
    """Draw a slider's ends in to where a scenario still takes them; None if it cannot move.

    Parameters
    ----------
    value : float
        What is allowed now.
    span : Range
    allowed : callable
        Whether the scenario takes a value; asked on the steps of the slider, about ten times
        for an end that is refused.

    Examples
    --------
    >>> span = Range(0.0, 90.0, 1.0, 0.0, None)
    >>> narrowed(29.0, span, lambda price: 0.0 < price < 60.5)
    Range(low=1.0, high=60.0, step=1.0, least=0.0, most=None)
    >>> narrowed(29.0, span, lambda price: price == 29.0) is None
    True
    """
    whole = isinstance(value, int)
    low = _end(value, span.low, span.step, allowed)
    high = _end(value, span.high, span.step, allowed)
    if low == high:
        return None
    step = span.step
    if not whole and (high - low) / step < _FEWEST:
        step = _step(value, low, high)
    return span._replace(low=low, high=high, step=step)


def _end(value: float, end: float, step: float, allowed: Callable[[float], bool]) -> float:
    """Find the last step towards an end that is allowed, by halving."""
    if end == value or allowed(end):
        return end
    sign = 1 if end > value else -1
    good, bad = 0, math.ceil(abs(end - value) / step)
    while bad - good > 1:
        middle = (good + bad) // 2
        good, bad = (middle, bad) if allowed(_nth(value, sign * middle, step)) else (good, middle)
    return _nth(value, sign * good, step) if good else value


def _nth(value: float, steps: int, step: float) -> float:
    """Go some steps on from a value, onto a multiple of the step if the value is on one."""
    if isinstance(value, int):
        return value + steps * int(step)
    return _clean(value + steps * step)


def _whole(value: int, floor: float | None, ceiling: float | None) -> Range:
    low = 0 if floor is None else int(floor)
    high = max(3 * value, value + 10)
    high = high if ceiling is None else min(high, int(ceiling))
    least, most = (
        None if bound is None else int(bound) for bound in (_said(floor), _said(ceiling))
    )
    return Range(low, high, max(1, (high - low) // 1000), least, most)


def within(value: float, schema: dict[str, Any]) -> bool:
    """Tell whether a number is within the bounds that a schema sets.

    Examples
    --------
    >>> within(0.0, {"exclusiveMinimum": 0}), within(1.0, {"minimum": 0, "maximum": 1})
    (False, True)
    """
    inside: bool = schema.get("minimum", -math.inf) <= value <= schema.get("maximum", math.inf)
    above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    return inside and (above is None or above < value) and (below is None or value < below)


def _bound(schema: dict[str, Any], *keys: str) -> float | None:
    return next((float(schema[key]) for key in keys if key in schema), None)


def _said(bound: float | None) -> float | None:
    return None if bound is None or abs(bound) > _UNSAID_ABOVE else bound


def _wished(value: float, unit: str, *, signed: bool) -> tuple[float, float]:
    """Three times the value, or as far on both sides of 0 where it may be negative."""
    reach = _nice(3.0 * abs(value)) if value else _FROM_ZERO.get(unit, 2.0)
    reach = max(reach, 2.0) if signed else reach
    return (-reach if signed else 0.0), reach


def _nice(value: float) -> float:
    """Round up to a number with one digit."""
    size = 10.0 ** math.floor(math.log10(value))
    return _clean(math.ceil(value / size - 1e-9) * size)


def _step(value: float, low: float, high: float) -> float:
    """About a hundred steps, of 1, 2 or 5; finer where the value would not be on one else."""
    rough = (high - low) / _STEPS
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * size for factor in (1, 2, 5, 10) if factor * size >= 0.999 * rough)
    for finer in (step, size, size / 2, size / 5, size / 10):
        if (high - low) / finer <= _FINEST and _on(value - low, finer):
            return _clean(finer)
    return _clean(step)


def _on(distance: float, step: float) -> bool:
    steps = distance / step
    return abs(steps - round(steps)) < 1e-6


def _clean(value: float) -> float:
    return float(f"{value:.12g}")
