"""A monitor as plain values for machines."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from cvosim.stats.monitor.weeks import day_text

if TYPE_CHECKING:
    from cvosim.stats.monitor.result import Monitor, Watched


def monitor_values(found: Monitor) -> dict[str, Any]:
    """Give everything as dictionaries, lists, numbers and texts; what is not finite is None."""
    weeks, settings = found.weeks, found.settings
    values: dict[str, Any] = _plain(
        {
            "metric": found.metric,
            "control": found.arms[0],
            "arms": list(found.arms),
            "level": settings.level,
            "treatments_corrected_for": len(found.watched),
            "first_day": day_text(weeks.start),
            "last_day": day_text(weeks.until - 1.0),
            "period_days": weeks.period,
            "window_days": weeks.window,
            "units": {
                arm: float(found.units[:, place].sum()) for place, arm in enumerate(found.arms)
            },
            "units_waiting": found.waiting,
            "sample_ratio": {"p_value": found.ratio_p, "mismatch": found.mismatch},
            "treatments": [_watched(found, one) for one in found.watched],
            "notes": list(found.notes),
        }
    )
    return values


def _watched(found: Monitor, one: Watched) -> dict[str, Any]:
    ruled, weeks = one.ruled, found.weeks
    return {
        "treatment": one.treatment,
        "verdict": str(one.verdict),
        "method": ruled.method,
        "estimate": ruled.estimate,
        "low": ruled.low,
        "high": ruled.high,
        "p_value": ruled.p_value,
        "stopped_at_look": None if ruled.stopped is None else ruled.stopped + 1,
        "naive_false_alarm_rate": one.naive_rate,
        "skewness": one.evenness.at_look,
        "skewness_from": one.evenness.arm or None,
        "even_enough": one.evenness.enough,
        "skewness_now": one.evenness.now,
        "customers_until_even": one.evenness.customers,
        "looks": [{**look._asdict(), "day": day_text(look.day)} for look in ruled.looks],
        "cohorts": [
            {**group._asdict(), "day": day_text(weeks.first_day(group.number))}
            for group in one.cohorts
        ],
        "ages": [group._asdict() for group in one.ages],
        "triangle": [
            {"cohort": cohort, "ages": [group._asdict() for group in row]}
            for cohort, row in enumerate(one.triangle)
            if row
        ],
        "age_trend": None if one.fading is None else _trend(one.fading),
        "cohort_trend": None if one.drift is None else _trend(one.drift),
    }


def _trend(trend: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in trend._asdict().items():
        found[name] = value
        if hasattr(value, "_asdict"):
            found[name] = value._asdict()
            if hasattr(value, "found"):
                found[name]["found"] = value.found
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return str(value) if isinstance(value, str) else value
