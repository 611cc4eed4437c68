"""The vocabulary of the tables: what happens to a customer, and how its story ends."""

from __future__ import annotations

from enum import IntEnum


class EventKind(IntEnum):
    """What happened. The lower-case name stands in files and reports."""

    ARRIVED = 0
    OPTED_IN = 1
    CONSUMED = 2
    DECLINED = 3
    COMMITTED = 4
    BOUGHT = 5
    RENEWED = 6
    CANCELLED = 7
    REORDERED = 8
    TOUCHED = 9
    OPENED = 10
    CLICKED = 11
    RECOVERED = 12
    UNSUBSCRIBED = 13
    DROPPED_OUT = 14
    LOST = 15
    EXPOSED = 16
    ENGAGED = 17
    ATTENDED = 18
    DELIVERED = 19
    TICKET = 20
    RESOLVED = 21
    UNRESOLVED = 22
    REFUNDED = 23
    REWARDED = 24
    TIER_REACHED = 25
    ADVOCATED = 26
    TESTIMONIAL = 27
    CERTIFIED = 28
    REFERRED = 29
    REACTIVATED = 30


class ExitReason(IntEnum):
    """Where a customer stands when the horizon is reached.

    ``NOT_ARRIVED``: no budget reached it, or its arrival lies beyond the horizon. ``ALIVE``:
    a decision, a program, repeat buying or a subscription is still going on (censored).
    ``COMPLETED``: walked the whole journey and nothing recurs. ``LOST``: fell off a
    stage and no program brought it back. ``UNSUBSCRIBED``: the same, and it
    unsubscribed while the programs of that stage were trying. ``DROPPED_OUT``: it bought
    repeatedly or subscribed, and all of that has ended.
    """

    NOT_ARRIVED = 0
    ALIVE = 1
    COMPLETED = 2
    LOST = 3
    UNSUBSCRIBED = 4
    DROPPED_OUT = 5


AWARENESS = ("unaware", "problem", "solution", "product")
"""The rungs of the awareness ladder, in order."""

NEUTRAL_SATISFACTION = 7.0
"""The score, of 0 to 10, at which satisfaction has no effect."""
PROMOTER, DETRACTOR = 9.0, 6.0
"""Promoters score at least 9, detractors at most 6 (Reichheld 2003), passives between."""

NO_CODE = -1
"""Stands for "none" in the ``stage`` and ``program`` columns."""
