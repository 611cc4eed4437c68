"""Plans in which it matters who somebody is: segments, channels and rungs that differ."""

from __future__ import annotations

import numpy as np

from cvosim.plan import plan as p
from cvosim.randomness.philox_plain import uniform

_RUNGS = ((0.1, 0.5, 0.8, 1.0), (0.0, 0.0, 0.7, 1.0), (0.6, 1.0, 1.0, 1.0))


def peopled(plan: p.Plan, *, spread: float = 1.5) -> p.Plan:
    """Two segments and two channels of unequal people, and shifts up to ``spread`` / 2.

    The second market channel reaches 70 % of its people. Every aim leaves one in four
    combinations of segment and channel out. A channel ``referral`` stays the last one.
    """
    referral = len(plan.referral) > 0
    channels = np.repeat(plan.channels[:1], 2 + referral)
    channels["cumulative_share"] = [0.6, 1.0, 1.0][: len(channels)]
    channels["reached"][1] = 0.7
    channels["cost"][1] += 0.25
    if referral:
        channels[-1] = plan.channels[-1]
    shape = (2, len(channels))
    rungs = [[_RUNGS[(s + c) % 3] for c in range(shape[1])] for s in range(2)]
    shifts = np.zeros((len(plan.decisions), *shape, 4))
    for number, index in enumerate(np.ndindex(shifts.shape)):
        shifts[index] = spread * (uniform(3, 1, 4, number) - 0.5)
    aimed = np.ones((len(plan.aims), *shape, plan.aimed.shape[-1]), np.uint8)
    for number, index in enumerate(np.ndindex((len(plan.aims), *shape))):
        aimed[index] = number % 4 != 1
    decisions = plan.decisions.copy()
    open_ = (decisions["conversion"] > 0.0) & (decisions["conversion"] < 1.0)
    inside = np.where(open_, decisions["conversion"], 0.5)
    decisions["logit"] = np.log(inside / (1.0 - inside))
    return plan._replace(
        segment_cumulative=np.array([0.3, 1.0]),
        awareness_cumulative=np.array(rungs),
        channels=channels,
        decisions=decisions,
        shifts=shifts,
        aimed=aimed,
        # as long as those of compiled plans: of another length, the kernel is compiled anew
        segment_names=np.array(["owners", "renters"], dtype="U63"),
        channel_names=np.array(["search", "social", "referral"][: len(channels)], dtype="U63"),
    )
