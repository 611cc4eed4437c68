"""A log of what customers did in a funnel, read from anybody's file or from our own tables."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cvosim.clv.orders.days import format_day
from cvosim.errors import DataError
from cvosim.experiment.calibration.stage_words import ARRIVAL, Kind, kind_of, row_of, stage_of
from cvosim.experiment.calibration.tables import Floats, FunnelFile
from cvosim.plan.steps import Step

Codes = NDArray[np.int64]
_KNOWN = {
    "customer": ("customer", "customerid", "cust", "user", "userid", "client", "member", "email"),
    "date": ("date", "time", "datetime", "timestamp", "day", "eventtime", "eventdate", "when"),
    "stage": ("stage", "step", "stagename", "page"),
    "event": ("event", "kind", "action", "eventtype", "status"),
    "channel": ("channel", "source", "utmsource"),
    "program": ("program", "campaign", "programme"),
    "revenue": ("revenue", "amount", "value", "price"),
}
_REFERRED = 2**63
"""Our own tables' ids from here up are of people brought by referral."""
_UNITS = (1.0, 1 / 24, 1 / 1440, 1 / 86400)


@dataclass(frozen=True, eq=False)
class FunnelLog:
    """Events in the order of time, one element of each array per event.

    Attributes
    ----------
    source : str
        The file.
    customer : int64 array
        Index into ``customers``.
    time : float array
        Days; from 1970-01-01 if ``dated``, else from a start of the log's own.
    stage, kind, program : int64 arrays
        Row of the journey (or ``ARRIVAL``), a `Kind`, row of the return path or -1.
    revenue : float array
        Money; NaN where the log has none.
    channel : int64 array
        Of each *customer*, row of the scenario's channels or -1; empty without such a column.
    customers : tuple of str
        Their names.
    end : float
        The last moment watched; for dates the last day.
    unit : float
        How finely times are noted, in days; 0 for exactly.
    dated : bool
        Whether times are calendar days.
    names_programs : bool
        Whether the log tells what the return path did.
    """

    source: str
    customer: Codes
    time: Floats
    stage: Codes
    kind: Codes
    program: Codes
    revenue: Floats
    channel: Codes
    customers: tuple[str, ...]
    end: float
    unit: float
    dated: bool
    names_programs: bool

    def has(self, kind: Kind, stage: int | None = None) -> bool:
        """Tell whether any event is of a kind (at a stage)."""
        found = self.kind == kind
        return bool(np.any(found if stage is None else found & (self.stage == stage)))

    def first(self, kind: Kind, stage: int) -> Floats:
        """Give the time of each customer's first event of a kind at a stage; infinite for none."""
        return self.first_of((self.kind == kind) & (self.stage == stage))

    def first_of(self, mask: NDArray[np.bool_]) -> Floats:
        """Give the time of each customer's first event among some."""
        times = np.full(len(self.customers), np.inf)
        rows = np.flatnonzero(mask)[::-1]  # in the order of time: the first one is written last
        times[self.customer[rows]] = self.time[rows]
        return times

    def when(self, time: float) -> str:
        """Write a time for people."""
        return format_day(int(time)) if self.dated else f"day {time:g}"


def read_event_log(
    path: str | Path,
    steps: Sequence[Step],
    names: Names,
    asked: Mapping[str, str] | None = None,
    until: int | None = None,
) -> FunnelLog:
    """Read an event log from a CSV or Parquet file; those of ``cvosim run --events`` are such.

    Parameters
    ----------
    path : str or Path
        One row an event: customer, date (or time in days), stage; if it has them event (what
        happened: accepted where there is no such column), channel, program and revenue.
    steps : sequence of Step
        The journey.
    names : Names
        Channels and programs of the scenario.
    asked : mapping, optional
        Names of columns by role.
    until : int, optional
        Last day watched, since 1970-01-01; later events are left out.

    Raises
    ------
    DataError
        If a stage, event, channel or program is unknown, a date is in the future, or nothing
        is left.
    """
    file = FunnelFile(path, _KNOWN, ("customer", "date", "stage"), asked or {})
    who, customers = file.words("customer")
    blank = np.array([not name for name in customers])
    file.refuse(blank[who], lambda _: "customer: is empty")
    time, dated = file.times("date")
    file.refuse(~np.isfinite(time), lambda _: "date: is empty")
    if dated:
        today = (datetime.datetime.now(datetime.UTC).date() - datetime.date(1970, 1, 1)).days
        file.refuse(
            time >= today + 2, lambda row: f"date: {format_day(int(time[row]))} is in the future"
        )
    stage, kind = _stages(file, steps)
    log = FunnelLog(
        source=file.source,
        customer=who,
        time=time,
        stage=stage,
        kind=kind,
        program=_rows(file, "program", names.programs),
        revenue=file.numbers("revenue") if "revenue" in file else np.full(len(time), np.nan),
        channel=_rows(file, "channel", names.channels) if "channel" in file else stage[:0],
        customers=tuple(customers),
        end=float(time.max()),
        unit=_unit(time),
        dated=dated,
        names_programs="program" in file,
    )
    return _tidy(file, log, until)


class Names:
    """Channels and programs of a scenario, by row."""

    def __init__(self, channels: Sequence[str], programs: Sequence[str]) -> None:
        self.channels = tuple(channels)
        self.programs = tuple(programs)


def _stages(file: FunnelFile, steps: Sequence[Step]) -> tuple[Codes, Codes]:
    codes, words = file.words("stage")
    rows = np.array([stage_of(word, steps, file.source) for word in words], np.int64)
    stage = rows[codes]
    if "event" in file:
        event, texts = file.words("event")
        kinds = np.array([int(kind_of(text, file.source)) for text in texts], np.int64)
        kind = kinds[event]
    else:
        kind = np.where(stage == ARRIVAL, int(Kind.ARRIVED), int(Kind.ACCEPTED))
    lost = (stage == ARRIVAL) & (kind != Kind.ARRIVED) & (kind != Kind.IGNORED)
    file.refuse(lost, lambda _: "stage: is empty; only an arrival belongs to no stage")
    return stage, kind


def _rows(file: FunnelFile, role: str, names: Sequence[str]) -> Codes:
    if role not in file:
        return np.full(file.n_rows, -1, np.int64)
    codes, words = file.words(role)
    known = (*names, "referral") if role == "channel" else names
    rows = [row_of(word, known, role, file.source) if word else -1 for word in words]
    return np.array(rows, np.int64)[codes]


def _unit(time: Floats) -> float:
    """Find out how finely times are noted: to the day, hour, minute, second, or exactly."""
    for unit in _UNITS:
        steps = time / unit
        if np.all(np.abs(steps - np.round(steps)) < 1e-6 * max(1.0, 1e-9 / unit)):
            return unit
    return 0.0


def _tidy(file: FunnelFile, log: FunnelLog, until: int | None) -> FunnelLog:
    """Sort, cut at the last day, leave out who was referred, give each customer its channel."""
    order = np.argsort(log.time, kind="stable")
    end = log.end
    if until is not None:
        if not log.dated:
            raise DataError(
                f"{log.source}: until is a date, and the log's times are days; leave it out"
            )
        first = float(log.time.min())
        if until < first:
            day = format_day(until)
            raise DataError(
                f"{log.source}: until {day} is before its first event on {log.when(first)}"
            )
        order = order[log.time[order] < until + 1]
        end = float(until) if log.unit == 1.0 else float(until + 1)
    market = np.array([not _referred(name) for name in log.customers])
    order = order[market[log.customer[order]]]
    if len(order) == 0:
        raise DataError(f"{log.source}: no event is left to learn from")
    present, who = np.unique(log.customer[order], return_inverse=True)
    columns = ("time", "stage", "kind", "program", "revenue")
    cut = {name: getattr(log, name)[order] for name in columns}
    names = tuple(log.customers[code] for code in present)
    channel = log.channel
    if len(channel):
        channel = _one_channel(file, log, order, who, len(names))
    return replace(log, customer=who, customers=names, channel=channel, end=end, **cut)


def _referred(name: str) -> bool:
    return len(name) >= 19 and name.isdigit() and int(name) >= _REFERRED


def _one_channel(file: FunnelFile, log: FunnelLog, order: Codes, who: Codes, n: int) -> Codes:
    """Give each customer the channel that its rows name."""
    named = log.channel[order]
    channel = np.full(n, -1, np.int64)
    channel[who[named >= 0]] = named[named >= 0]
    differs = np.zeros(len(log.channel), bool)
    differs[order] = (named >= 0) & (named != channel[who])
    file.refuse(
        differs, lambda row: f"{log.customers[log.customer[row]]} has two channels; keep its first"
    )
    return channel
