"""What a customer's past means for its future, besides where and when it is."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from cvosim.theory.ledger import NOBODY
from cvosim.theory.measure import Measure


class Bought(IntEnum):
    """Whether the customer has made a paid order."""

    NO = 0
    YES = 1
    PERHAPS = 2  # a process that may order has started before any order of the journey


class State(NamedTuple):
    """All that later decisions and accounts depend on.

    ``who`` stands for segment, channel and rung (see `cvosim.theory.people`). ``trust`` is
    what has been gathered on the journey; 0 where it no longer counts, and None where it
    counts and nobody can tell.
    """

    who: int
    trust: float | None
    known: bool
    unsubscribed: bool
    bought: Bought

    def trusting(self, gain: float) -> State:
        """The same customer with more trust."""
        if self.trust is None or gain == 0.0:
            return self
        return self._replace(trust=round(self.trust + gain, 12))  # equal sums, equal states


Crowd = dict[State, Measure]


def join(crowd: Crowd, state: State, measure: Measure) -> None:
    """Add people to a crowd, unless there are none."""
    if abs(measure.total) < NOBODY:
        return
    crowd[state] = crowd[state].plus(measure) if state in crowd else measure
