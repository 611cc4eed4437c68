"""Control variates: numbers of a customer whose means are known without simulating.

Lavenberg & Welch (1981, *Management Science* 27, 322-335); Glynn & Szechtman (2002, "Some new
perspectives on the method of control variates"). Known are always the shares of channels and
segments, since they are written in the scenario, and, where `cvosim.theory` has closed forms,
who is put which offer and accepts it, buys, how often and for how much.

Two other ways of saving customers were looked at and left out. Antithetic twins would need every
draw ``u`` as ``1 - u``: other customers than those that every other command shows, with all the
bits that their kernel is held to; and a rare purchase that needs ``u < 0.02`` happens to one of
the two twins or to none, which makes their covariance ``-0.02**2``, a gain of 2 %. A simpler
scenario as a control (``propensity_sd`` 0, same luck, mean from theory) was measured on the
library's scenarios: its squared correlation with the value per prospect is 0.21 to 0.49, and as
it doubles the work it would save something from 0.5 on.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cvosim.metrics.columns import Column
from cvosim.metrics.metric import Metric
from cvosim.plan import Plan

if TYPE_CHECKING:
    from cvosim.theory.expectations import Expectations

LATTICE_ERROR = 1e-4
"""Relative error of means that `cvosim.theory.expected` states for its default cells."""


MONEY_COLUMNS = frozenset({"revenue", "contribution"})
"""Controls that nearly are what is asked for where that is money; the others count."""


class Control(NamedTuple):
    """A column of a market prospect with the mean that it has over infinitely many.

    Attributes
    ----------
    column : Column
    mean : float
    slack : float
        Most that the mean may be wrong; 0 where the scenario says it.
    """

    column: Column
    mean: float
    slack: float


class Known(NamedTuple):
    """What is known of a plan without simulating it.

    Attributes
    ----------
    controls : tuple of Control
        Those that the scenario says first.
    metric : float or None
        Value of the metric itself where theory has it.
    """

    controls: tuple[Control, ...]
    metric: float | None


def known_of(plan: Plan, metric: Metric) -> Known:
    """Find the controls for a metric, and its own value where it has a closed form.

    Parameters
    ----------
    plan : Plan
        As returned by `compile_plan`.
    metric : Metric
        Its own columns are no controls: they would be what is asked for.

    Examples
    --------
    >>> from cvosim import compile_plan, load_scenario
    >>> from cvosim.engine.names import names_of
    >>> from cvosim.metrics import catalogue
    >>> plan = compile_plan(load_scenario("carpet_cleaning"))
    >>> value = next(m for m in catalogue(names_of(plan)) if m.name == "clv_per_prospect")
    >>> [str(one.column) for one in known_of(plan, value).controls]  # propensity differs
    ['in_channel of facebook among prospects', 'in_channel of search among prospects',
     'in_segment of pet_owners among prospects']
    """
    theory = _theory(plan)
    found = tuple(_shares(plan)) + (() if theory is None else tuple(_expected(plan, theory)))
    columns = metric.numerator, metric.denominator or metric.numerator
    own = {column._replace(market=True) for column in columns}
    value = None
    if theory is not None and metric.name in theory and metric.statistic is None:
        value = theory[metric.name].mean
    return Known(tuple(one for one in found if one.column not in own), value)


def _shares(plan: Plan) -> Iterator[Control]:
    """Shares of channels and segments, without the last of each, which follows from the others."""
    for name, names, running in (
        ("in_channel", plan.channel_names, plan.channels["cumulative_share"]),
        ("in_segment", plan.segment_names, plan.segment_cumulative),
    ):
        shares = np.diff(running, prepend=0.0)
        there = [row for row in range(len(shares)) if shares[row] > 0.0]
        for row in there[:-1]:
            yield Control(Column(name, str(names[row]), market=True), float(shares[row]), 0.0)


def _theory(plan: Plan) -> Expectations | None:
    from cvosim.theory.errors import NoClosedForm
    from cvosim.theory.expectations import expected

    try:
        return expected(plan)
    except NoClosedForm:
        return None


_PER_PROSPECT = {
    "arrived_share": "arrived",
    "leads_share": "leads",
    "buyers_share": "buyers",
    "orders_per_prospect": "orders",
    "revenue_per_prospect": "revenue",
    "contribution_per_prospect": "contribution",
}


def _expected(plan: Plan, theory: Expectations) -> Iterator[Control]:
    def control(name: str, of: str, mean: float, errors: float = 1.0) -> Control:
        return Control(Column(name, of, market=True), mean, errors * LATTICE_ERROR * abs(mean))

    for name, column in _PER_PROSPECT.items():
        if name in theory:
            yield control(column, "", theory[name].mean)
    for stage in map(str, plan.stage_names):
        reach, accepts = f"reach.{stage}", f"conversion.{stage}"
        if reach in theory:
            yield control("reached", stage, theory[reach].mean)
        if reach in theory and accepts in theory:
            mean = theory[reach].mean * theory[accepts].mean
            yield control("accepted", stage, mean, errors=2.0)
    for row in plan.subscriptions["stage"]:
        stage = str(plan.stage_names[row])
        for name in ("bills", "cancelled"):
            if f"{name}.{stage}" in theory:
                yield control(name, stage, theory[f"{name}.{stage}"].mean)
