"""The part of every decision's log-odds that is known before a customer moves."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cvosim.errors import CvosimError
from cvosim.plan.steps import RUNGS, Decision
from cvosim.scenario import Scenario

MAX_SIZE = 20_000_000
"""Entries of the table: 160 megabytes."""


def shift_table(scenario: Scenario, decisions: list[Decision]) -> NDArray[np.float64]:
    """Log-odds shifts of shape ``(decisions, segments, channels, 4 rungs)``.

    The terms of `docs/scenario.md` that no step of the journey moves: fit, the segment's trust
    (a difference from the reference trust) times the weight of trust, the effects of segment,
    channel and awareness, less the price sensitivity times ``ln(price / list_price)``. Referred
    people come through a channel of their own, the last.
    """
    segments, effects = scenario.market.segments, channel_effects(scenario)
    size = len(decisions) * len(segments) * len(effects) * len(RUNGS)
    if size > MAX_SIZE:
        raise CvosimError(
            f"{len(decisions)} decisions by {len(segments)} segments and {len(effects)} channels "
            f"are too many to tabulate; merge some segments or channels"
        )
    of_segment = np.array([[_segment_shift(d, segment) for segment in segments] for d in decisions])
    of_channel = np.array([[own.get(d.stage, 0.0) for own in effects] for d in decisions])
    of_rung = np.array([[d.by_awareness.get(r, 0.0) for r in RUNGS] for d in decisions])
    known = of_segment[:, :, None, None] + of_channel[:, None, :, None]
    table: NDArray[np.float64] = known + of_rung[:, None, None, :]
    return table


def channel_effects(scenario: Scenario) -> list[Mapping[str, float]]:
    """Effects of every channel on the stages, those of referral last."""
    effects = [channel.effects for channel in scenario.channels]
    referral = scenario.journey.referral
    return effects if referral is None else [*effects, referral.effects]


def _segment_shift(decision: Decision, segment: Any) -> float:
    shift = segment.fit + decision.trust_weight * segment.trust
    shift += segment.effects.get(decision.stage, 0.0)
    if segment.price_sensitivity and decision.price != decision.list_price:
        shift -= segment.price_sensitivity * math.log(decision.price / decision.list_price)
    return float(shift)
