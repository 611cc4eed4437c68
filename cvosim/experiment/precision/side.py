"""A scenario's side of the question: its metric, its columns and what is known of them."""

from __future__ import annotations

import difflib
from typing import NamedTuple

import numpy as np

from cvosim.engine.names import names_of
from cvosim.errors import CvosimError
from cvosim.experiment.precision.controls import Control, Known, known_of
from cvosim.experiment.precision.sums import Columns, ProductSums
from cvosim.metrics.aggregate import EVENT_OUTCOMES
from cvosim.metrics.metric import VALUE, WITH_REFERRALS
from cvosim.metrics.moments import Moments, carriers, estimate, linearisation, too_few
from cvosim.metrics.registry import Metric, catalogue
from cvosim.plan import Plan
from cvosim.tables.columns import Floats

WHERE = "cvosim run prints all metrics, docs/metrics.md explains them"
"""Where to look for a metric whose name resembles none."""


class Side(NamedTuple):
    """What one scenario's table is asked for, and where its columns stand among all.

    Attributes
    ----------
    metric : Metric
    known : Known
        Without simulating.
    columns : tuple of Column
        Those of the metric, then those of the controls.
    start : int
        Place of the first in the sums of all scenarios.
    """

    metric: Metric
    known: Known
    columns: Columns
    start: int

    @property
    def watched(self) -> Columns:
        """The metric's own columns."""
        return self.columns[: len(self.columns) - len(self.known.controls)]

    def controls(self) -> dict[int, Control]:
        """By place."""
        first = self.start + len(self.watched)
        return {first + place: one for place, one in enumerate(self.known.controls)}

    def moments(self, sums: ProductSums) -> Moments:
        """Moments of the metric's own columns."""
        return sums.moments(self.watched, self.start)

    def estimate(self, sums: ProductSums) -> tuple[float, float]:
        """Value and standard error without controls, as `cvosim.measure` gives them."""
        return estimate(self.metric, self.moments(sums))

    def has_interval(self, sums: ProductSums) -> bool:
        """Whether enough customers carry the metric."""
        moments = self.moments(sums)
        return not too_few(self.metric, carriers(self.metric, moments))

    def influence(self, sums: ProductSums) -> Floats:
        """Weights of all columns that add up to a prospect's influence; none of a constant."""
        weights = np.zeros(len(sums.sums))
        for column, weight in linearisation(self.metric, self.moments(sums)):
            if column in self.watched:
                weights[self.start + self.watched.index(column)] += weight
        return weights


def side_of(plan: Plan, metric: Metric, start: int = 0) -> Side:
    """Ask a plan's table for a metric and its controls.

    Examples
    --------
    >>> from cvosim import compile_plan, load_scenario
    >>> plan = compile_plan(load_scenario("carpet_cleaning"))
    >>> [str(column) for column in side_of(plan, metric_of(plan, "cac")).watched]
    ['acquisition_cost', 'buyers']
    """
    known = known_of(plan, metric)
    own = tuple(dict.fromkeys((metric.numerator, metric.denominator or metric.numerator)))
    return Side(metric, known, (*own, *(one.column for one in known.controls)), start)


def metric_of(plan: Plan, name: str, *, instead: bool = False) -> Metric:
    """Find a metric that is made of sums.

    Parameters
    ----------
    plan : Plan
    name : str
    instead : bool
        Take ``clv_per_prospect`` for ``clv_with_referrals`` where there is no referral.

    Raises
    ------
    CvosimError
        In words, with the nearest name or where to find it.
    """
    metrics = {metric.name: metric for metric in catalogue(names_of(plan))}
    if instead and name == WITH_REFERRALS and name not in metrics:
        name = VALUE
    if name in EVENT_OUTCOMES:
        raise CvosimError(f"metric: {name} has no interval to make narrow; name another metric")
    if name not in metrics:
        longer = [one for one in metrics if one.startswith(name)]
        near = longer or difflib.get_close_matches(name, metrics, n=1)
        hint = f'did you mean "{near[0]}"?' if near else WHERE
        raise CvosimError(f'metric: there is no "{name}" in this scenario; {hint}')
    found = metrics[name]
    if found.statistic is not None:
        raise CvosimError(
            f"metric: {name} is a statistic of a distribution; precision is for shares, means, "
            f"ratios and totals, such as {VALUE}"
        )
    return found
