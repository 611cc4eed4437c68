"""What a check may have found, written down by hand."""

from __future__ import annotations

import math

from cvosim.experiment.baseline.findings import Cause, Checked, Finding, Shift, Status
from cvosim.experiment.baseline.record import Record, Software, Tolerances
from cvosim.experiment.comparison import Difference
from cvosim.metrics.estimate import Estimate, Metrics

SOFTWARE = Software("1.0", 21, "ab" * 32, {"python": "3.11.2", "numba": "0.60.0"})
EFFECT = Difference(5.0, 4.5, -0.5, 0.05, -0.598, -0.402, 30.0, "USD")
PRICE = Cause("setting", "journey.tripwire.price", 29.0, 19.0, "shop.yaml", 31, EFFECT)
RENAMED = Cause("setting", "name", "Shop", "The shop", "shop.yaml", 3, None, matters=False)
NUMBA = Cause("version", "numba", "0.60.0", "0.61.2")


def estimate(value: float, unit: str = "USD") -> Estimate:
    """A value with an error of a hundredth of it."""
    return Estimate(value, abs(value) / 100.0, unit)


def shift(
    metric: str, before: float, after: float, unit: str = "USD", *, status: Status | None = None
) -> Shift:
    """A metric that the scenario moved, or did not."""
    change = after - before
    differs = change != 0.0  # also where one is unknown
    found = (Status.CHANGED if differs else Status.IDENTICAL) if status is None else status
    ends = (change - 0.1, change + 0.1) if differs and math.isfinite(change) else None
    sides = (estimate(before, unit), estimate(after, unit))
    return Shift(metric, *sides, 0.0, change, ends, 0.0, found)


def by_version(metric: str, before: float, change: float, noise: float, status: Status) -> Shift:
    """A metric that other software moved."""
    sides = (estimate(before), estimate(before + change))
    return Shift(metric, *sides, change, 0.0, None, noise, status)


def finding(
    key: str, status: Status, causes: tuple[Cause, ...] = (), shifts: tuple[Shift, ...] = ()
) -> Finding:
    """A scenario's."""
    settings = {"name": key, "customers": 5000, "seed": 7}
    metrics = Metrics({one.metric: one.after for one in shifts})
    made = Record(key, settings, "1" * 64, "2" * 64, "3" * 64, SOFTWARE, metrics)
    return Finding(key, key.partition(": ")[0], status, causes, shifts, made)


VALUE = shift("clv_per_prospect", 5.0, 4.5)
REACH = shift("reach.tripwire", 0.1, 0.12, "share")
ORDERS = shift("orders", 100.0, 110.0, "orders")
STILL = shift("aov", 40.0, 40.0)

CHANGED = finding("shop.yaml", Status.CHANGED, (PRICE, RENAMED), (STILL, REACH, ORDERS, VALUE))
IDENTICAL = finding("b.yaml", Status.IDENTICAL, (), (STILL,))
MISSING = finding("c.yaml", Status.MISSING)
WITHIN = finding(
    "d.yaml",
    Status.WITHIN,
    (NUMBA,),
    (by_version("clv_per_prospect", 5.0, 0.15, 0.2, Status.WITHIN),),
)


def checked(
    *findings: Finding, unchecked: tuple[str, ...] = (), gone: tuple[str, ...] = ()
) -> Checked:
    """All of a check."""
    return Checked(findings, unchecked, Tolerances(0.01, {"cac": 0.05}), 0.01, gone)
