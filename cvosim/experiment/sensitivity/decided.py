"""Who decided otherwise: the people that a difference between two points rests on.

Where a price rises a little, everybody who buys pays more, which is seen at once, and few decide
otherwise, each of whom brings or takes a lifetime of orders. If nobody of those simulated does, the
difference is the money of those who buy in any case: its interval is narrow, and about something
else than what was asked.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from cvosim.metrics.moments import LEAST_CARRIERS
from cvosim.tables.columns import Floats

if TYPE_CHECKING:
    from cvosim.scenario.template import Template

COUNTED = ("orders", "leads", "buyers")
"""Outcomes that tell whether anybody decided otherwise."""


def decided(differences: Floats) -> int:
    """Estimate how many decisions differ between two points from the differences of sections.

    At least as many orders, leads or buyers differ as decisions do, unless some cancel within a
    section. One decision may bring many orders, but all in one section: if ``h`` of ``R`` sections
    differ, about ``-R ln(1 - h / R)`` decisions fell into them (the expected occupancy of R boxes,
    solved for the number of balls: Feller 1968, section IV.2). The less of the two counts.

    Parameters
    ----------
    differences : ndarray of float64, shape (R, kinds)
        Orders, leads and buyers of each section at one point less those at the other.

    Examples
    --------
    >>> decided(np.array([[2.0, 0.0], [-1.0, 0.0]])), decided(np.zeros((2, 2)))
    (3, 0)
    >>> decided(np.array([[40.0]] + [[0.0]] * 19))
    1
    """
    differing = np.abs(np.nan_to_num(differences)).max(axis=1)
    total, count, hit = round(float(differing.sum())), len(differing), int((differing > 0.5).sum())
    if hit == count:
        return total
    return min(total, round(-count * math.log1p(-hit / count)))


def few_decided(template: Template, path: str, count: int | None) -> bool:
    """Whether so few decided otherwise that a difference says little about decisions.

    From 1 to 29 of them always are (`LEAST_CARRIERS`, as wherever few carry an estimate); nobody
    only where the factor is a price or discount and a segment is sensitive to prices: by a cost,
    or a price that no segment minds, nobody ever decides.

    Parameters
    ----------
    template : Template
    path : str
        Of the factor.
    count : int or None
        From `decided`; None if not known.

    Examples
    --------
    >>> from cvosim.scenario.template import load_template
    >>> template = load_template("carpet_cleaning")
    >>> [few_decided(template, "journey.tripwire.price", n) for n in (0, 29, 30, None)]
    [True, True, False, False]
    >>> few_decided(template, "journey.tripwire.unit_cost", 0)
    False
    """
    if count is None or count >= LEAST_CARRIERS:
        return False
    return count > 0 or _decided_by(template, path)


def _decided_by(template: Template, path: str) -> bool:
    if path.rpartition(".")[2] not in ("price", "discount"):
        return False
    return any(one.price_sensitivity > 0.0 for one in template.scenario.market.segments)
