"""Plain values name control and treatment as the arms were given."""

from __future__ import annotations

from helpers.weekly_trials import customers

from cvosim.stats.monitor.monitor import monitored
from cvosim.stats.monitor.settings import MonitorSettings
from cvosim.stats.monitor.tally import Tally
from cvosim.stats.monitor.weeks import Weeks


def test_control_is_the_first_arm() -> None:
    found = monitored(
        Tally.of(customers(600, 10, 1), Weeks(0.0, 70.0, window=14.0)), "x", MonitorSettings()
    )
    plain = found.to_dict()
    assert found.arms[0] != found.arms[1]
    text = str(plain)
    assert f"'control': '{found.arms[0]}'" in text
    assert f"'control': '{found.arms[1]}'" not in text
