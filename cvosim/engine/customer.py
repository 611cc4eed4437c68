"""What the kernel keeps in its hands while it lives through one customer.

A record array element is passed to compiled functions by reference, so these records are
the mutable state of a life; one set of them serves a whole block of customers.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any, NamedTuple, cast

import numpy as np

_F, _I, _U64 = np.float64, np.int64, np.uint64


def code(member: int) -> int:
    """A constant that Numba types as int64, not as a literal of its own.

    Functions called with literals would be compiled once for each of them.
    """
    return cast("int", np.int64(member))


BLOCK = 512
"""Customers that one thread lives through in a row."""

NONE = code(-1)
FIRST = code(0)
"""The occurrence of what happens once in a life."""


class Phase(IntEnum):
    """What the journey token is waiting for."""

    DECIDING = 0
    TOUCHING = 1
    SHOWING = 2
    OVER = 3


LIFE = np.dtype(
    [
        # who it is
        ("seed", _U64),
        ("customer", _U64),
        ("segment", _I),
        ("channel", _I),
        ("awareness", _I),
        ("propensity", _F),
        ("propensity_drawn", _I),
        # luck drawn ahead: its propensity, and at the first stage
        ("propensity_luck", _F),
        ("delay_luck", _F),
        ("accept_luck", _F),
        ("click_luck", _F),
        ("known", _I),
        ("unsubscribed", _I),
        ("trust", _F),
        ("magnet", _I),  # the stage of the lead magnet it took home, and
        ("trust_offered", _F),  # what consuming it will bring
        # its calendar: infinity where nothing is pending
        ("consumption_time", _F),
        ("token_time", _F),
        ("repeat_time", _F),
        ("subscriptions_live", _I),
        # the journey token
        ("stage", _I),
        ("phase", _I),
        ("service", _I),
        ("attempt", _I),  # touch or click number within the service
        ("price", _F),  # agreed at the last acceptance, and
        ("program", _I),  # the program that brought it about
        ("show_start", _F),
        ("show_end", _F),
        ("lost_at", _I),
        ("left_during", _I),  # unsubscribed while the programs of this stage were trying
        # repeat buying
        ("repeats", _I),
        ("repeat_alive", _I),
        ("repeat_started", _I),
        ("next_order", _F),
        ("death", _F),
        ("rate", _F),
        ("drop_out", _F),
        ("spend_rate", _F),
        ("spend_level", _F),
        # its account
        ("discount", _F),
        ("arrival", _F),
        ("reached", _U64),
        ("orders", _I),
        ("first_order", _F),
        ("last_order", _F),
        ("revenue", _F),
        ("goods", _F),
        ("touches", _F),
        ("acquisition", _F),
        ("tripwire", _F),
        ("discounted_revenue", _F),
        ("discounted_cost", _F),
        ("discounted_acquisition", _F),
        # where its next event goes, if events are kept
        ("recording", _I),
        ("slot", _I),
    ]
)

STAGE_MARK = np.dtype([("time", _F)])
PROGRAM_MARK = np.dtype([("cost", _F), ("recoveries", _I)])
SUBSCRIBER = np.dtype(
    [
        ("next", _F),
        ("churn", _F),
        ("first_price", _F),
        ("bills", _I),
        ("cancelled", _I),
    ]
)
EVENT = np.dtype(
    [
        ("customer_id", _U64),
        ("time", _F),
        ("revenue", _F),
        ("cost", _F),
        ("stage", np.int16),
        ("program", np.int16),
        ("kind", np.uint8),
    ]
)


class Marks(NamedTuple):
    """What is noted per stage, program and subscription: a row for each block."""

    stages: Any
    programs: Any
    subscribers: Any


def fresh_marks(n_blocks: int, plan: Any) -> Marks:
    """Room for the marks of ``n_blocks`` blocks of customers of one plan."""
    return Marks(
        np.zeros((n_blocks, len(plan.offers)), STAGE_MARK),
        np.zeros((n_blocks, len(plan.programs)), PROGRAM_MARK),
        np.zeros((n_blocks, len(plan.subscriptions)), SUBSCRIBER),
    )
