"""Whose turn it is among the clocks that few plans have; compiled."""

from __future__ import annotations

import math
from typing import Any

from cvosim.engine.orders import act_errand, set_alarm
from cvosim.engine.parts import Aside
from cvosim.engine.retention import act_retention
from cvosim.randomness.compiled import compiled_within


@compiled_within
def act_aside(plan: Aside, life: Any, marks: Any, log: Any, now: float) -> None:
    """A retention program's day has come, or an order's: programs go first, in their order."""
    for r in range(len(marks.retention)):
        if marks.retention[r].next <= now:
            act_retention(plan, life, marks, log, now, r)
            set_alarm(life, marks.retention, marks.errands)
            return
    if life.errands > 0:
        act_errand(plan, life, marks, log, now)
    else:
        life.side_time = math.inf
