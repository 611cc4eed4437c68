"""Customers whose outcomes are known in either arm: simulated ones, or real ones with an effect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

import numpy as np

from cvosim.errors import CvosimError, DataError
from cvosim.experiment.certificate.design import Design, Injected
from cvosim.experiment.certificate.spread import check_spread
from cvosim.experiment.pool import Pool
from cvosim.stats.further_metrics import CLV, Proportion, Quantile, Retention, Survival
from cvosim.stats.metric import Mean, Ratio
from cvosim.stats.moments import Moments
from cvosim.tables.columns import Floats

METRICS = (Mean, Ratio, Proportion, CLV, Retention, Quantile, Survival)
"""What can be measured."""
AS_CONVERTED = 0.02
"""Least share of customers with one and the same value for "no conversion" to mean something."""


def pool_of_columns(columns: Mapping[str, Any], name: str = "the data") -> Pool:
    """Make a pool of real customers, who show the same in either arm.

    Parameters
    ----------
    columns : mapping of str to array
        Numbers, one a customer.
    name : str
        Of the data.

    Raises
    ------
    DataError
        If there are none, they are not of the same length, or hold no numbers.

    Examples
    --------
    >>> pool_of_columns({"spend": np.array([0.0, 0.0, 7.0])}).effect("spend").tolist()
    [0.0]
    """
    n = _rows(columns, name)
    table = np.empty((n, len(columns)))
    for place, (column, values) in enumerate(columns.items()):
        try:
            table[:, place] = np.asarray(values, np.float64)
        except (TypeError, ValueError):
            raise DataError(f"{name}: {column}: must be numbers") from None
    both = np.broadcast_to(table, (2, *table.shape))
    return Pool(
        (name, "treatment"), tuple(columns), both, np.zeros(n), np.arange(n),
        np.zeros(n, np.uint8), currency="",
    )  # fmt: skip


def _rows(columns: Mapping[str, Any], name: str) -> int:
    """Count the customers, as many in each column."""
    shapes = {column: np.shape(values) for column, values in columns.items()}
    if len(set(shapes.values())) == 1:
        (shape,) = set(shapes.values())
        if len(shape) == 1 and shape[0]:
            return int(shape[0])
    told = ", ".join(f"{column} {'x'.join(map(str, s))}" for column, s in shapes.items())
    raise DataError(
        f"{name}: must have columns of the same length, a row a customer (got {told or 'none'})"
    )


def pool_of_data(data: Any, names: Sequence[str]) -> Pool:
    """Make a pool of the rows of a file or data frame, each a customer.

    Parameters
    ----------
    data : str, Path, data frame or mapping of columns
        As `cvosim.stats.data.source.open_source` takes it.
    names : sequence of str
        Columns.

    Raises
    ------
    DataError
        If a column is not there or has a value that is missing or no number.
    """
    from cvosim.stats.data.cells import numbers
    from cvosim.stats.data.source import open_source

    if isinstance(data, Mapping):
        _rows(data, "the data")
        data = dict(data)
    source = open_source(data)
    series = source.read(names)
    columns = {name: numbers(source, name, series[name]) for name in dict.fromkeys(names)}
    for name, values in columns.items():
        missing = int(np.isnan(values).sum())
        if missing:
            row = source.place(int(np.flatnonzero(np.isnan(values))[0]))
            raise DataError(
                f"{source.name}: {row}: {name}: missing, as in {missing:,} of {len(values):,} "
                "rows; write 0 where nothing was bought, or leave the rows out"
            )
    return pool_of_columns(columns, str(source.name))


def measured(source: Any, metric: Any, design: Design) -> tuple[Pool, Any]:
    """Give both arms of a design, and the metric in the form that procedures take.

    Retention becomes the share of those who were last seen on its day or later. Everybody is
    taken to have been observed until then.

    Parameters
    ----------
    source, design
        As in `world_of`.
    metric : Mean, Ratio, Proportion, CLV, Retention, Quantile or Survival

    Raises
    ------
    CvosimError
        If it is none of these, or not for such values; and as `world_of`.

    Examples
    --------
    >>> pool = pool_of_columns({"last_seen": np.array([0.0, 40.0, 30.0, 2.0])})
    >>> both, metric = measured(pool, Retention(30), Design(40))
    >>> metric.columns, both.of(metric.columns[0])[0].tolist()
    (('retained on day 30',), [0.0, 1.0, 1.0, 0.0])
    """
    if not isinstance(metric, METRICS):
        known = ", ".join(kind.__name__ for kind in METRICS)
        raise CvosimError(f"metric: must be one of {known} (got {metric!r})")
    if isinstance(metric, Retention):
        pool = pool_of(source, metric.columns)
        _check_names(metric.columns, pool)
        _check_known(metric.columns, pool)
        name = f"retained on day {metric.day:g}"
        values = (pool.of(metric.last_seen) >= metric.day).astype(np.float64)
        source = replace(pool, columns=(name,), values=values[:, :, None])
        metric = Mean(name)
    pool = world_of(source, metric, design)
    if isinstance(metric, (Proportion, Survival)):
        column = metric.columns[-1]
        other = pool.of(column)[(pool.of(column) != 0.0) & (pool.of(column) != 1.0)]
        if other.size:
            raise CvosimError(f"{column}: must be 0 or 1 for everybody (found {float(other[0]):g})")
    return pool, metric


def world_of(source: Any, metric: Any, design: Design) -> Pool:
    """Give control and the treatment of a design, with the outcomes of a metric.

    Parameters
    ----------
    source : Pool, Scenario, sequence of Scenario, data frame, mapping of columns or file
        Control first; scenarios are simulated, everybody assigned on arrival and followed to
        the horizon. For another assignment or window, make the pool by
        `cvosim.experiment.trials.outcomes.outcomes`. Data have a row a customer.
    metric : Mean or Ratio
    design : Design
        Its effect is put in.

    Raises
    ------
    CvosimError
        If the pool has no such outcome or arm, or the metric is constant.

    Examples
    --------
    >>> world_of({"spend": [0.0, 0.0, 9.0]}, Mean("spend"), Design(40)).arms
    ('the data', 'treatment')
    """
    pool = pool_of(source, metric.columns)
    _check_names(metric.columns, pool)
    chosen = _two_arms(pool.only(metric.columns), design.treatment)
    _check_known(metric.columns, chosen)
    check_spread(metric, chosen, min(design.shares) * design.units)
    return chosen if design.effect is None else injected(chosen, metric, design.effect)


def _check_names(names: Sequence[str], pool: Pool) -> None:
    for name in names:
        if name not in pool.columns:
            near = get_close_matches(name, pool.columns, n=1)
            hint = f'did you mean "{near[0]}"?' if near else f"there are {', '.join(pool.columns)}"
            raise CvosimError(f'metric: no outcome "{name}"; {hint}')


def _check_known(names: Sequence[str], pool: Pool) -> None:
    for name in names:
        if not np.isfinite(pool.of(name)).all():
            raise CvosimError(f"{name}: is not known of every customer; certify another metric")


def injected(pool: Pool, metric: Any, effect: Injected) -> Pool:
    """Let the treatment be control with an effect; covariates stay as they are.

    An outcome that is 1 or 0 stays one: there, ``multiply`` is ``convert``.

    Examples
    --------
    >>> from cvosim.stats.metric import Mean
    >>> pool = pool_of_columns({"spend": np.array([0.0, 0.0, 6.0])})
    >>> round(float(injected(pool, Mean("spend"), Injected(0.1)).effect("spend")[0]), 6)
    0.2
    """
    if isinstance(metric, Survival) and effect.kind != "multiply":
        raise CvosimError(f"effect: times until customers leave only multiply (got {effect.kind})")
    values = np.stack([pool.values[0], pool.values[0]])
    moved = [pool.columns.index(name) for name in _moved(metric)]
    first = values[0][:, moved[0]]
    shares = bool(((first == 0.0) | (first == 1.0)).all())
    if effect.kind == "multiply" and not shares:
        values[1][:, moved] *= 1.0 + effect.lift
    elif effect.kind == "add":
        values[1][:, moved] += effect.lift * values[0][:, moved].mean(axis=0)
    else:
        values[1][:, moved] = _converted(values[0][:, moved], effect.lift)
    return replace(pool, values=values)


def truth(metric: Any, pool: Pool) -> tuple[float, float]:
    """Give the true value of a metric in either arm, of all customers of the pool."""
    if isinstance(metric, Quantile):
        found = np.quantile(pool.of(metric.value), metric.q, axis=1)
        return float(found[0]), float(found[1])
    if isinstance(metric, Survival):
        return _lasting(metric, pool)
    plain = without_covariate(metric)
    arms = [Moments.of({name: pool.of(name)[arm] for name in plain.columns}) for arm in range(2)]
    both = plain.arms(arms[0], arms[1])
    return float(both.control.value), float(both.treatment.value)


def without_covariate(metric: Any) -> Any:
    """Give the same metric, unadjusted."""
    return metric if getattr(metric, "covariate", None) is None else replace(metric, covariate=None)


def _lasting(metric: Survival, pool: Pool) -> tuple[float, float]:
    """Mean time before customers leave, up to a last day, in either arm."""
    from cvosim.stats.methods.life_table import LifeTable
    from cvosim.stats.methods.survival import common_horizon, restricted_mean

    days, ended = pool.of(metric.days), pool.of(metric.ended) > 0.0
    tables = [LifeTable.of(days[arm], ended[arm]) for arm in (0, 1)]
    until = common_horizon(tables) if metric.until is None else metric.until
    one, other = (restricted_mean(table, until).value for table in tables)
    return float(one), float(other)


def _moved(metric: Any) -> tuple[str, ...]:
    """Columns that an effect changes: what is measured; of a ratio the numerator."""
    if isinstance(metric, Ratio):
        return (metric.numerator,)
    if isinstance(metric, Survival):
        return (metric.days,)
    found: tuple[str, ...] = without_covariate(metric).columns
    return found


def _converted(rows: Floats, lift: float) -> Floats:
    """Turn some who did not convert into some who did, or back; spread evenly, no luck needed."""
    levels, counts = np.unique(rows[:, 0], return_counts=True)
    usual = levels[counts.argmax()]
    idle = np.flatnonzero(rows[:, 0] == usual)
    active = np.flatnonzero(rows[:, 0] != usual)
    if len(idle) < AS_CONVERTED * len(rows) or not len(active):
        raise CvosimError(
            "effect: hardly two customers have the same value, so nobody is without conversion; "
            "let the effect multiply or add"
        )
    changed = round(abs(lift) * len(active))
    ranked = active[np.argsort(rows[active, 0], kind="stable")]
    found = rows.copy()
    if lift < 0:
        found[_spread(ranked, changed)] = rows[idle[0]]
        return found
    if changed > len(idle):
        raise CvosimError(f"effect: only {len(idle):,} customers are left to convert")
    givers = ranked[(np.arange(changed) * len(ranked)) // max(changed, 1)]
    found[_spread(idle, changed)] = rows[givers]
    return found


def _spread(places: Any, count: int) -> Any:
    """So many of the places, evenly spaced."""
    return places[(np.arange(count) * len(places)) // max(count, 1)]


def _two_arms(pool: Pool, treatment: str | None) -> Pool:
    """Control and one treatment."""
    if len(pool.arms) == 1:
        values = np.broadcast_to(pool.values[:1], (2, *pool.values.shape[1:]))
        return replace(pool, arms=(*pool.arms, "treatment"), values=values)
    if treatment is None:
        place = 1
    elif treatment in pool.arms[1:]:
        place = pool.arms.index(treatment, 1)
    else:
        raise CvosimError(f'treatment: no "{treatment}"; there are {", ".join(pool.arms[1:])}')
    values = pool.values
    if len(pool.arms) > 2:
        values = values[[0, place]]
    return replace(pool, arms=(pool.arms[0], pool.arms[place]), values=values)


def pool_of(source: Any, names: Sequence[str]) -> Pool:
    """Give the customers of any source: a pool as it is, scenarios simulated, data read.

    Raises
    ------
    CvosimError
        If it is none of these, or its data cannot be used.
    """
    from cvosim.experiment.trials.outcomes import outcomes
    from cvosim.scenario import Scenario

    if isinstance(source, Pool):
        return source
    listed = isinstance(source, (list, tuple))
    scenarios = list(source) if listed else [source]
    if scenarios and all(isinstance(one, Scenario) for one in scenarios):
        return outcomes(scenarios, names)
    if listed:
        raise CvosimError(
            "source: must be a Pool, one or several scenarios, or customers as a data frame, a "
            f"mapping of columns or a file (got a {type(source).__name__})"
        )
    return pool_of_data(source, names)
