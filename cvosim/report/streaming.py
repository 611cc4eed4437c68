"""A streamed run in words and tables."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from cvosim.report.tables import Table
from cvosim.report.text import metrics_table, metrics_tables

if TYPE_CHECKING:
    from cvosim.experiment.streaming import Stream
    from cvosim.metrics.cohorts import Retention

MOST_AGES, MOST_COHORTS = 13, 24
"""Columns and rows of a cohort table in print; JSON has all."""

SKETCHED = (
    "Streamed: quantiles, cvar_5, margin_share_top_20 and gini are of sketches, which know each\n"
    "value within 0.1 %, as their errors allow for; all else is exact."
)


def stream_text(done: Stream, form: str) -> str:
    """Write a streamed run: who was simulated, every metric, and the cohorts if asked for.

    Parameters
    ----------
    done : Stream
    form : str
        ``table`` or ``md``.

    Examples
    --------
    >>> from cvosim import load_scenario
    >>> from cvosim.experiment.streaming import stream
    >>> done = stream(load_scenario("carpet_cleaning"), customers=2000)
    >>> print(stream_text(done, "table").splitlines()[0])
    Carpet cleaning: 2,000 prospects streamed, seed 7
    """
    parts = [stream_title(done), *(table.render(form) for table in metrics_tables(done.metrics()))]
    if done.aggregate.cohorts is not None:
        parts.append(cohort_table(done.aggregate.cohorts.retention()).render(form))
    return "\n\n".join([*parts, SKETCHED])


def stream_csv(done: Stream) -> str:
    """Every metric, exact, one row each."""
    return metrics_table(done.metrics()).to_csv()


def stream_title(done: Stream) -> str:
    """Say who was simulated."""
    part = f" (of {done.asked:,})" if not done.complete else ""
    since = f" from {done.first:,} on" if done.first else ""
    people = f"{done.customers:,} prospects{part}{since} streamed"
    return f"{done.scenario.name}: {people}, seed {done.manifest.seed}"


def cohort_table(data: Retention) -> Table:
    """Make one row a cohort of buyers: how many, and the share that orders at each age.

    Examples
    --------
    >>> import numpy as np
    >>> from cvosim.metrics import Retention
    >>> share = np.array([[1.0, 0.5], [1.0, math.nan]])
    >>> print(cohort_table(Retention(30.0, np.array([4, 2]), share)).to_text())
    Share of buyers that order again, by steps of 30 days since the first order
    first order  buyers      0     1
    -----------  ------  -----  ----
    from day 0        4  100 %  50 %
    from day 30       2  100 %
    """
    ages = min(MOST_AGES, data.share.shape[1])
    rows = [place for place in range(len(data.size)) if data.size[place]]
    lines = [
        (f"from day {place * data.period:g}", int(data.size[place]), data.share[place, :ages])
        for place in rows[:MOST_COHORTS]
    ]
    exact = tuple(
        (name, size, *(None if math.isnan(x) else x for x in share.tolist()))
        for name, size, share in lines
    )
    shown = tuple(
        (
            name,
            f"{size:,}",
            *("" if math.isnan(x) else f"{100.0 * x:.0f} %" for x in share.tolist()),
        )
        for name, size, share in lines
    )
    cut = len(rows) > MOST_COHORTS or data.share.shape[1] > ages
    more = " (all of them in JSON)" if cut else ""
    title = (
        f"Share of buyers that order again, by steps of {data.period:g} days since the first order"
    )
    return Table(
        ("first order", "buyers", *map(str, range(ages))), exact, shown, title=title + more
    )
