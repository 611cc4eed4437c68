"""Who the customers of an order log are and who comes back, as figures with words and numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cvosim.clv.words import counting
from cvosim.report import retention_figures as figures
from cvosim.report.exhibit import Exhibit
from cvosim.report.numbers import percent
from cvosim.report.retention import cohort_table, stickiness_table
from cvosim.report.segments import segment_bars, segments_table
from cvosim.report.tables import Table

if TYPE_CHECKING:
    from cvosim.clv.retention.cohorts import Cohorts
    from cvosim.clv.retention.study import RetentionStudy
    from cvosim.clv.retention.survival import Survival
    from cvosim.clv.segments.segmentation import Segmentation

STEPS = 24
"""Ages in a table of survival."""


def segments_exhibits(done: Segmentation) -> tuple[Exhibit, ...]:
    """Give the segments, what share of customers they are and what they paid."""
    there = [one for one in done.segments if one.customers]
    by_revenue = sorted(there, key=lambda one: -(one.revenue_share or 0.0))[:3]
    each = "; ".join(
        f"{one.name}: {percent(one.share)} of the customers, "
        f"{percent(one.revenue_share or 0.0)} of the revenue"
        for one in by_revenue
    )
    alt = f"{len(there)} segments of {done.scored.n_customers:,} customers. {each}."
    title = "Segments: customers and what they paid"
    table = segments_table(done.segments)
    return (Exhibit("segments", title, alt, segment_bars, done.segments, table),)


def retention_exhibits(done: RetentionStudy) -> tuple[Exhibit, ...]:
    """Give the cohorts, how long customers keep buying, and who comes back in time."""
    found = [_cohorts(done.cohorts)]
    if done.survival is not None:
        found.append(_survival(done.survival))
    if done.stickiness:
        found.append(_stickiness(done))
    return tuple(found)


def _cohorts(data: Cohorts) -> Exhibit:
    pooled = data.pooled
    known = [age for age in range(1, min(4, len(pooled))) if np.isfinite(pooled[age])]
    each = ", ".join(f"{100 * pooled[age]:.0f} % {counting(age, data.unit)} later" for age in known)
    alt = (
        f"{int(data.size.sum()):,} customers by the {data.unit} of their first purchase. "
        f"Of all, so many buy: {each or 'nothing is seen yet'}."
    )
    title = f"Who buys again, by {data.unit} of the first purchase"
    note = "Blank: not over yet. Who bought before the log begins looks new in it."
    return Exhibit("cohorts", title, alt, figures.cohort_map, data, cohort_table(data), note)


def _survival(data: Survival) -> Exhibit:
    days = np.unique(np.linspace(0, len(data.day) - 1, STEPS).astype(int)).tolist()
    columns = (data.day, data.share, data.low, data.high)
    rows = tuple(tuple(float(column[i]) for column in columns) for i in days)
    shown = tuple(
        (f"{day:,.0f}", percent(share), f"{100 * low:.1f} to {100 * high:.1f} %")
        for day, share, low, high in rows
    )
    table = Table(
        ("days since the first purchase", "still buying", f"{100 * data.level:g} % interval"),
        rows, shown, columns=("day", "share", "low", "high"),
    )  # fmt: skip
    if data.median is None:
        half = "More than half were still buying as far as the orders show."
    elif data.median == 0:
        half = "At least half never come back."
    else:
        half = f"Half of them buy for {counting(round(data.median), 'day')} or longer."
    last = f"{percent(float(data.share[-1]))} are still buying after {data.day[-1]:,.0f} days."
    alt = f"Share of {data.customers:,} customers still buying by age. {half} {last}"
    note = f"Gone is who has bought nothing for {counting(data.gap, 'day')}: nobody saw them leave."
    title = "How long customers keep buying"
    return Exhibit("survival", title, alt, figures.survival_curve, data, table, note)


def _stickiness(done: RetentionStudy) -> Exhibit:
    table = stickiness_table(done.stickiness, done.campaign)
    known = [one for one in done.stickiness if one.share is not None]
    largest = sorted(known, key=lambda one: (-one.customers, one.within))[:3]
    each = "; ".join(
        f"{one.label}: {percent(one.share or 0.0)} of {one.customers:,} within "
        f"{counting(one.within, 'day')}"
        for one in largest
    )
    alt = f"New customers who come back in time. {each or 'Nobody was seen for long enough'}."
    title = "New customers who come back in time"
    return Exhibit("stickiness", title, alt, figures.stickiness_bars, done.stickiness, table)
