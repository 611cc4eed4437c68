"""The part of every decision's log-odds that is known before a customer moves."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvosim.errors import CvosimError
from cvosim.scenario import Scenario

MAX_SIZE = 20_000_000
"""Entries of the table: 160 megabytes."""
RUNGS = ("unaware", "problem", "solution", "product")


class Decision(NamedTuple):
    """A conversion at a stage and a price: the offer's own, or a program's."""

    stage: str
    offer: Any
    conversion: float
    price: float


def shift_table(scenario: Scenario, decisions: list[Decision]) -> NDArray[np.float64]:
    """Log-odds shifts of shape ``(decisions, segments, channels, 4 rungs)``.

    The terms of `docs/scenario.md` that no step of the journey moves: fit, the segment's trust
    (a difference from the reference trust) times the weight of trust, the effects of segment,
    channel and awareness, less the price sensitivity times ``ln(price / list_price)``.
    """
    segments, channels = scenario.market.segments, scenario.channels
    size = len(decisions) * len(segments) * len(channels) * len(RUNGS)
    if size > MAX_SIZE:
        raise CvosimError(
            f"{len(decisions)} decisions by {len(segments)} segments and {len(channels)} channels "
            f"are too many to tabulate; merge some segments or channels"
        )
    table = np.zeros((len(decisions), len(segments), len(channels), len(RUNGS)))
    for row, decision in zip(table, decisions, strict=True):
        of_segment = [_segment_shift(decision, segment) for segment in segments]
        of_channel = [channel.effects.get(decision.stage, 0.0) for channel in channels]
        of_rung = [decision.offer.by_awareness.get(rung, 0.0) for rung in RUNGS]
        row[:] = np.add.outer(np.add.outer(of_segment, of_channel), of_rung)
    return table


def _segment_shift(decision: Decision, segment: Any) -> float:
    shift = segment.fit + decision.offer.trust_weight * segment.trust
    shift += segment.effects.get(decision.stage, 0.0)
    list_price = getattr(decision.offer, "list_price", 0.0)
    if segment.price_sensitivity and decision.price != list_price:
        shift -= segment.price_sensitivity * math.log(decision.price / list_price)
    return float(shift)
