"""Experiments whose customers enter week by week, for tests of the monitor."""

from __future__ import annotations

import numpy as np
from helpers.customer_tables import Luck

from cvosim.stats.loops import group_moments
from cvosim.stats.moments import Moments
from cvosim.stats.monitor.tally import VALUE, Followed
from cvosim.stats.monitor.weeks import Weeks

ARMS = ("A", "B")


def customers(count: int, weeks: int, ages: int, effect: object = 0.0, seed: int = 1) -> Followed:
    """Customers that come in evenly over some weeks and spend every week of their lives.

    The same customer spends more or less every week: weeks are correlated. ``effect`` is added
    in the treatment: a number, or an array by age, or by customer and age.
    """
    luck = Luck(count, seed)
    assigned = np.sort(7.0 * weeks * luck.uniform())
    arm = (luck.uniform() < 0.5).astype(np.int32)
    habit = luck.exponential()
    spent = np.stack([habit * luck.exponential() for _ in range(ages)], axis=1)
    by_age = spent + arm[:, None] * np.broadcast_to(np.asarray(effect), (count, ages))
    return Followed(ARMS, arm, assigned, by_age.sum(axis=1), by_age)


def null_moments(replications: int, cohort_size: int, weeks: Weeks, ages: int) -> Moments:
    """Sums of many experiments without an effect, in which each cohort spends more than the last.

    With leading axes (replications, cohorts, arms); columns as in a tally.
    """
    cohorts = weeks.cohorts
    cells = replications * cohorts
    luck = Luck(cells * cohort_size, 7)
    cell = np.repeat(np.arange(cells), cohort_size)
    cohort = cell % cohorts
    arm = luck.uniform() < 0.5
    habit = luck.exponential() * (1.0 + 0.5 * cohort)
    columns = {VALUE: np.zeros(len(cell))}
    followed = weeks.ages(ages)
    for age in range(ages):
        spent = habit * luck.exponential()
        columns[VALUE] += spent
        columns[f"age_{age}"] = spent * (followed[cohort] > age)
    flat = group_moments(columns, (2 * cell + arm).astype(np.int32), 2 * cells)
    lead = (replications, cohorts, 2)
    parts = (flat.count, flat.mean, flat.scatter, flat.cube)
    return Moments(flat.columns, *(part.reshape(*lead, *part.shape[1:]) for part in parts))
