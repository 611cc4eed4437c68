"""Rows without a value: as if the rows had never been written."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cvosim.stats.abtest.analyze import analyze
from cvosim.stats.abtest.settings import Settings
from cvosim.stats.cohort import Cohort
from cvosim.stats.further_metrics import Quantile, Survival
from cvosim.stats.metric import Mean

ROWS = 600
USER = np.arange(ROWS) // 3
ARM = (USER % 2).astype(np.int32)
VALUE = 5.0 + np.sqrt((np.arange(ROWS) * 0.754877666) % 1.0) * 4.0 + 0.3 * ARM
GAPS = np.where(np.arange(ROWS) % 7 == 0, np.nan, VALUE)
STRATUM = (USER // 2 % 3).astype(np.int32)


def found(rows: Any, values: Any, **more: Any) -> tuple[float, float, float]:
    if "strata" in more:
        more["stratum"] = STRATUM[rows]
    cohort = Cohort(("A", "B"), ARM[rows], {"v": values[rows]}, unit=USER[rows], **more)
    told = analyze(cohort, {"v": Mean("v")}, Settings(missing="exclude"))
    effect = told.effect("v")
    return effect.difference, effect.standard_error, float(sum(told.units))


@pytest.mark.parametrize("more", [{}, {"strata": ("x", "y", "z")}])
def test_gaps_are_rows_that_are_not_there(more: dict[str, Any]) -> None:
    everything, there = np.arange(ROWS), np.flatnonzero(~np.isnan(GAPS))
    assert found(everything, GAPS, **more) == pytest.approx(found(there, VALUE, **more), rel=1e-12)
    whole = found(everything, VALUE, **more)
    assert whole != pytest.approx(found(everything, GAPS, **more), rel=1e-4)


@pytest.mark.parametrize("more", [{}, {"strata": ("x", "y", "z")}])
def test_people_of_gaps_only_are_in_no_arm(more: dict[str, Any]) -> None:
    absent = USER < 20
    values = np.where(absent, np.nan, VALUE)
    rest = np.flatnonzero(~absent)
    assert found(np.arange(ROWS), values, **more)[:2] == pytest.approx(
        found(rest, VALUE, **more)[:2], rel=1e-12
    )


@pytest.mark.parametrize("metric", [Quantile("v", 0.4), Survival("v", "ended")])
def test_gaps_of_an_ordered_metric_are_people_that_are_not_there(metric: Any) -> None:
    """Of one row a person: each arm's quantile and life table count its own rows with a value."""

    def told(rows: Any, values: Any) -> dict[str, Any]:
        columns = {"v": values[rows], "ended": (rows % 5 > 0).astype(np.float64)}
        cohort = Cohort(("A", "B"), ARM[rows], columns)
        found = analyze(cohort, {"v": metric}, Settings(missing="exclude")).effect("v").to_dict()
        return {name: one for name, one in found.items() if name not in ("excluded", "adjustments")}

    there = np.flatnonzero(~np.isnan(GAPS))
    assert told(np.arange(ROWS), GAPS) == told(there, VALUE)
