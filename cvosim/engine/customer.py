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
"""Customers whose luck is drawn ahead together."""
N_AHEAD = 8
"""Kinds of luck that are drawn ahead, see `engine.luck`."""

NONE = code(-1)
FIRST = code(0)
"""The occurrence of what happens once in a life."""


class Phase(IntEnum):
    """What the journey token is waiting for."""

    DECIDING = 0
    TOUCHING = 1
    SHOWING = 2
    EXPOSING = 3
    ATTENDING = 4
    OVER = 5


LIFE = np.dtype(
    [
        # who it is
        ("seed", _U64),
        ("customer", _U64),
        ("segment", _I),
        ("channel", _I),
        ("awareness", _I),
        ("first_awareness", _I),
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
        ("company", _I),  # whether anything but the three clocks above may be running
        ("side_time", _F),  # of retention programs and orders on their way, the earliest
        # the journey token
        ("stage", _I),
        ("phase", _I),
        ("service", _I),
        ("attempt", _I),  # touch or click number within the service; exposure number
        ("engaged", _I),
        ("following", _I),  # the stage that comes next, once this one is over
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
        ("pace", _F),  # rate of purchases in the best season
        ("drop_out", _F),
        ("spend_rate", _F),
        ("spend_level", _F),
        ("drop_log", _F),  # what loyalty and satisfaction add to the log-odds of dropping out
        # what a paid order brings about, if the plan looks back at orders
        ("rich", _I),  # the plan has anything of what follows
        ("looks_back", _I),
        ("keeps_extras", _I),
        ("orders_seen", _I),
        ("last_amount", _F),
        ("last_stage", _I),
        ("errands", _I),  # orders on their way or with an open ticket
        ("overflow", _I),  # there were more of them than there is room for
        ("won", _I),  # orders that retention programs brought
        ("reactivations", _I),
        ("surveyed", _I),
        ("satisfaction", _F),
        ("effort", _F),
        ("tier", _I),
        ("exposures", _I),
        ("rungs_climbed", _I),
        ("deliveries", _I),
        ("tickets", _I),
        ("resolved", _I),
        ("returns", _I),
        ("advocated_time", _F),
        ("invited", _I),
        ("testimonials", _I),
        ("partner", _I),
        ("refunds", _F),
        ("rewards", _F),
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
        ("due", _F),  # when the next bill is due, and
        ("deciding", _I),  # whether it may be cancelled before
        ("churn", _F),
        ("first_price", _F),
        ("bills", _I),
        ("cancelled", _I),
    ]
)
RETENTION_MARK = np.dtype([("next", _F), ("attempt", _I), ("touches", _I)])
ERRAND = np.dtype(
    [
        ("time", _F),
        ("order", _I),  # number of the paid order
        ("amount", _F),
        ("stage", _I),
        ("ticket", _I),  # 0: to be delivered; 1: a ticket to be answered
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


class Hands(NamedTuple):
    """The records of the customer whose turn it is, and the luck of its whole block."""

    life: Any
    stages: Any
    programs: Any
    subscribers: Any
    retention: Any
    errands: Any
    block: Any
    luck: Any


def empty_hands(plan: Any, n_errands: int) -> Hands:
    """Room for one customer of a plan, and one block's luck."""
    return Hands(
        np.zeros(1, LIFE),
        np.zeros(len(plan.offers), STAGE_MARK),
        np.zeros(len(plan.programs), PROGRAM_MARK),
        np.zeros(len(plan.subscriptions), SUBSCRIBER),
        np.zeros(len(plan.retention), RETENTION_MARK),
        np.zeros(n_errands, ERRAND),
        np.empty(BLOCK, np.uint64),
        np.empty((N_AHEAD, BLOCK)),
    )


class People(NamedTuple):
    """Whom rows ``first_row`` to ``end_row`` of a table are about.

    Customers from ``first_customer`` on (that of row 0) or, where the arrays are not empty,
    referred people with their ids and arrivals by row.
    """

    first_customer: np.uint64
    first_row: int
    end_row: int
    customer_id: Any
    arrival: Any
