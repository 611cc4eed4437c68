"""A planned test ends in its last week, whether or not anybody came in it."""

from __future__ import annotations

import pytest
from helpers.weekly_trials import customers

from cvosim.stats.monitor.monitor import monitored
from cvosim.stats.monitor.rules import Verdict
from cvosim.stats.monitor.settings import MonitorSettings
from cvosim.stats.monitor.tally import Tally
from cvosim.stats.monitor.weeks import Weeks

WEEKS = 6
"""In which customers come, 200 in each."""


@pytest.mark.parametrize("looks", [WEEKS, WEEKS + 1])
def test_the_last_look_is_at_the_planned_end(looks: int) -> None:
    """The look of a week that adds nothing takes the place of the one before."""
    units = customers(200 * WEEKS, WEEKS, 1)
    watched = monitored(
        Tally.of(units, Weeks(0.0, 7.0 * looks, window=0.0)), "spend", MonitorSettings(looks=looks)
    ).watched[0]
    taken = watched.ruled.looks
    assert [look.cohort for look in taken] == [*range(WEEKS - 1), looks - 1]
    assert [look.fraction for look in taken] == [(look.cohort + 1) / looks for look in taken]
    assert sum(taken[-1].units) == len(units.arm)
    assert watched.verdict is Verdict.NOT_SHOWN
