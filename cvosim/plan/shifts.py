"""The part of every decision's log-odds that is known before a customer moves."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvosim.scenario import Scenario

RUNGS = ("unaware", "problem", "solution", "product")


class Decision(NamedTuple):
    """A conversion at a stage and a price: the offer's own, or a program's."""

    stage: str
    offer: Any
    conversion: float
    price: float


def shift_table(scenario: Scenario, decisions: list[Decision]) -> NDArray[np.float64]:
    """Log-odds shifts of shape ``(decisions, segments, channels, 4 rungs)``.

    MODEL §3: fit, the segment's trust (a difference from the reference, §8), the effects of
    segment, channel and awareness, and the price in units of ``ln(price / list_price)``.
    """
    segments, channels = scenario.market.segments, scenario.channels
    table = np.zeros((len(decisions), len(segments), len(channels), len(RUNGS)))
    for d, decision in enumerate(decisions):
        for s, segment in enumerate(segments):
            of_segment = _segment_shift(decision, segment)
            for c, channel in enumerate(channels):
                of_channel = channel.effects.get(decision.stage, 0.0)
                for a, rung in enumerate(RUNGS):
                    of_rung = decision.offer.by_awareness.get(rung, 0.0)
                    table[d, s, c, a] = of_segment + of_channel + of_rung
    return table


def _segment_shift(decision: Decision, segment: Any) -> float:
    shift = segment.fit + decision.offer.trust_weight * segment.trust
    shift += segment.effects.get(decision.stage, 0.0)
    list_price = getattr(decision.offer, "list_price", 0.0)
    if segment.price_sensitivity and decision.price != list_price:
        shift -= segment.price_sensitivity * math.log(decision.price / list_price)
    return float(shift)
