"""The calendar of the reference engine: SimPy with appointments, ranks and clocks."""

from __future__ import annotations

import math
from collections.abc import Generator
from heapq import heappush

import simpy
from simpy.events import Event, EventPriority, Process

Waits = Generator[Event, None, None]
"""Something that takes time, told as a SimPy process."""

# Who acts first when several appointments of a customer fall on the same moment.
CONSUMPTION, JOURNEY, REPEAT, FIRST_SUBSCRIPTION = 1, 2, 3, 4
FIRST_RETENTION, FIRST_ORDER = 100, 1000


class Calendar(simpy.Environment):
    """A SimPy environment whose appointments are made for a time, not after a delay.

    SimPy adds delays to the present, and ``now + (time - now)`` is not always ``time``.
    """

    def appointment(self, time: float, rank: int) -> Event:
        """Make an event at ``time``; of several at one time the lowest rank goes first."""
        event = simpy.Event(self)
        event._ok, event._value = True, None
        if time < math.inf:
            heappush(self._queue, (time, EventPriority(rank), next(self._eid), event))
        return event


class Clock:
    """When a process acts next, if that may be put off or brought forward meanwhile.

    Whoever sets the clock while its process waits for it wakes the process, which does
    nothing but wait for the new time: nothing happens, no luck is drawn.
    """

    def __init__(self, calendar: Calendar, rank: int) -> None:
        self._calendar = calendar
        self._rank = rank
        self._time = math.inf
        self._sleeper: Process | None = None

    def set(self, time: float) -> None:
        """Let it ring at ``time``; never, if that is infinite."""
        self._time = time
        if self._sleeper is not None:
            self._sleeper.interrupt()

    def ring(self) -> Waits:
        """Wait until the time has come for which the clock was set last."""
        self._sleeper = self._calendar.active_process
        rings = False
        while not rings:
            try:
                yield self._calendar.appointment(self._time, self._rank)
                rings = True
            except simpy.Interrupt:
                pass  # set anew
        self._sleeper = None
