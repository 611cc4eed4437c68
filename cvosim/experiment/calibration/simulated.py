"""What a plan does, counted the way a log is: for matching a scenario to what was observed."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvosim.experiment.calibration.event_log import FunnelLog
from cvosim.experiment.calibration.stage_words import ARRIVAL, Kind
from cvosim.plan.plan import NONE, Plan, ProgramKind
from cvosim.tables.columns import CustomerColumns, EventColumns
from cvosim.tables.schema import EventKind

Codes = NDArray[np.int64]
_REFERRED = np.uint64(2**63)
_KINDS = {
    EventKind.ARRIVED: Kind.ARRIVED,
    EventKind.BOUGHT: Kind.ACCEPTED,
    EventKind.OPTED_IN: Kind.ACCEPTED,
    EventKind.COMMITTED: Kind.ACCEPTED,
    EventKind.ENGAGED: Kind.ACCEPTED,
    EventKind.DECLINED: Kind.DECLINED,
    EventKind.CONSUMED: Kind.CONSUMED,
    EventKind.ATTENDED: Kind.ATTENDED,
    EventKind.TOUCHED: Kind.TOUCHED,
    EventKind.OPENED: Kind.OPENED,
    EventKind.CLICKED: Kind.CLICKED,
    EventKind.RECOVERED: Kind.RECOVERED,
    EventKind.UNSUBSCRIBED: Kind.UNSUBSCRIBED,
}
_KIND_CODES = np.array([int(_KINDS.get(kind, Kind.IGNORED)) for kind in EventKind], np.int64)


class Luck(NamedTuple):
    """Whose luck: the same seed and people for every value of a parameter (common luck)."""

    seed: int
    people: int


class Matched(NamedTuple):
    """A simulated share to hold against an observed one; ``noise``: its error in log-odds."""

    share: float
    noise: float
    trials: int


class Run:
    """One simulation, with its events as a log.

    Parameters
    ----------
    plan : Plan
        Perhaps with values put in place of the scenario's.
    luck : Luck
        Seed and number of prospects.
    """

    def __init__(self, plan: Plan, luck: Luck) -> None:
        from cvosim.engine.driver import run_kernel

        ran = run_kernel(plan, luck.seed, 0, luck.people, events=True)
        assert ran.events is not None
        self.plan, self.luck = plan, luck
        self._customers: CustomerColumns = ran.customers
        self.log = _log_of(ran.events, plan, luck.people)

    def first_answers(self, stage: int) -> Matched:
        """Give the share who accept a stage at once, of those who have decided.

        The share of those whose luck would do at the bare conversion is known exactly, and
        what chance has made of it is taken off (a control variate: Owen 2013, *Monte Carlo
        theory, methods and examples*, section 8.9): without effects the result is exact.
        """
        log, plan = self.log, self.plan
        yes = _accepts(log) & (log.stage == stage) & (log.program == NONE)
        decided = yes | ((log.kind == Kind.DECLINED) & (log.stage == stage))
        chance = float(plan.decisions["conversion"][stage])
        lucky = self._luck(int(plan.offers["accept_site"][stage]), log.customer[decided]) < chance
        return _matched(yes[decided], lucky, chance)

    def all_answers(self, stage: int) -> Matched:
        """Give the share who accept a stage in the end, of those who have reached it."""
        people = self.luck.people
        bit = np.uint64(1 << stage)
        reached = (self._customers.reached[:people] & bit) != 0
        yes = ~np.isnan(self._customers.stage_time[stage][:people])
        n, got = int(reached.sum()), int((yes & reached).sum())
        if n == 0:
            return Matched(math.nan, math.inf, 0)
        first, log = self.first_answers(stage), self.log
        here = log.stage == stage
        direct = int(np.sum(here & _accepts(log) & (log.program == NONE)))
        declined = int(np.sum(here & (log.kind == Kind.DECLINED)))
        share = got / n
        if first.trials:  # what chance has made of the first answers is known and taken off
            share += first.share - direct / max(direct + declined, 1)
        share = min(max(share, 0.5 / n), 1.0 - 0.5 / n)
        if got == direct and direct + declined == n:
            return Matched(share, first.noise, n)
        return Matched(share, 0.5 / math.sqrt(n * share * (1.0 - share)), n)

    def won(self, program: int, of_touches: bool) -> Matched:
        """Give the share whom a program wins, of its clicks or of all its touches."""
        log, plan = self.log, self.plan
        mine = log.program == program
        asks = (
            Kind.CLICKED
            if plan.programs["kind"][program] != ProgramKind.EXIT_OFFER
            else Kind.TOUCHED
        )
        yes, lucky, chance = [], [], 0.0
        for stage in np.unique(log.stage[mine & (log.kind == asks)]):
            service = self._service(int(stage), program)
            here = mine & (log.stage == stage)
            rows = np.flatnonzero(here & ((log.kind == asks) | (log.kind == Kind.TOUCHED)))
            who, tries = self._tries(rows, asks, int(plan.programs["kind"][program]))
            chance = float(plan.decisions["conversion"][int(service["decision"])])
            lucky.append(self._luck(int(service["accept_site"]), who, tries) < chance)
            yes.append(self._last_try_wins(here, who, tries))
        if not yes:
            return Matched(math.nan, math.inf, 0)
        found = _matched(np.concatenate(yes), np.concatenate(lucky), chance)
        if not of_touches or asks == Kind.TOUCHED:
            return found
        touches = int(np.sum(mine & (log.kind == Kind.TOUCHED)))
        clicked = found.trials / max(touches, 1)
        return Matched(found.share * clicked, found.noise, touches)

    def _service(self, stage: int, program: int) -> np.void:
        first = int(self.plan.offers["first_service"][stage])
        count = int(self.plan.offers["n_services"][stage])
        rows = self.plan.services[first : first + count]
        found: np.void = rows[rows["program"] == program][0]
        return found

    def _tries(self, rows: Codes, asks: Kind, kind: int) -> tuple[Codes, Codes]:
        """Who is asked, and which time it is: the touch's number, or the click's."""
        log = self.log
        rows = rows[np.argsort(log.customer[rows], kind="stable")]
        who = log.customer[rows]
        counted = log.kind[rows] == (Kind.TOUCHED if kind == ProgramKind.FOLLOW_UP else asks)
        running = np.cumsum(counted)
        new = np.flatnonzero(np.diff(who, prepend=-1))
        before = np.repeat(running[new] - counted[new], np.diff(np.append(new, len(who))))
        asked = log.kind[rows] == asks
        return who[asked], (running - before - 1)[asked]

    def _last_try_wins(
        self, here: NDArray[np.bool_], who: Codes, tries: Codes
    ) -> NDArray[np.bool_]:
        """Mark the last try of each of those who were recovered."""
        won = np.zeros(self.luck.people, bool)
        won[self.log.customer[here & (self.log.kind == Kind.RECOVERED)]] = True
        last = np.ones(len(who), bool)
        last[:-1] = who[1:] != who[:-1]
        found: NDArray[np.bool_] = won[who] & last
        return found

    def _luck(self, site: int, who: Codes, tries: Codes | None = None) -> NDArray[np.float64]:
        from cvosim.randomness.philox import uniform

        seed = np.uint64(self.luck.seed)
        turns = np.zeros(len(who), np.int64) if tries is None else tries
        pairs = zip(who.tolist(), turns.tolist(), strict=True)
        return np.fromiter((uniform(seed, a, site, b) for a, b in pairs), np.float64, len(who))


def _accepts(log: FunnelLog) -> NDArray[np.bool_]:
    return np.asarray(log.kind == Kind.ACCEPTED)


def _matched(yes: NDArray[np.bool_], lucky: NDArray[np.bool_], chance: float) -> Matched:
    n = len(yes)
    if n == 0:
        return Matched(math.nan, math.inf, 0)
    differs = yes.astype(float) - lucky
    share = float(differs.mean()) + chance
    share = min(max(share, 0.5 / n), 1.0 - 0.5 / n) if 0.0 < chance < 1.0 else chance
    spread = max(share * (1.0 - share), 1e-12)
    return Matched(share, float(differs.std()) / math.sqrt(n) / spread, n)


def _log_of(events: EventColumns, plan: Plan, people: int) -> FunnelLog:
    """Read simulated events as a log; people brought by referral are left out."""
    market = events.customer_id < _REFERRED
    kind = _KIND_CODES[events.kind[market]]
    stage = events.stage[market].astype(np.int64)
    program = events.program[market].astype(np.int64)
    repeats = stage >= len(plan.offers)
    kind[repeats] = int(Kind.IGNORED)
    time = events.time[market]
    # the end of a subscription's trial is a second BOUGHT at its stage; only the first counts
    return FunnelLog(
        source="simulation",
        customer=events.customer_id[market].astype(np.int64),
        time=time,
        stage=np.where(stage < 0, ARRIVAL, stage),
        kind=kind,
        program=program,
        revenue=events.revenue[market],
        channel=np.empty(0, np.int64),
        customers=_Numbers(people),  # type: ignore[arg-type]
        end=float(plan.world["horizon"][0]),
        unit=0.0,
        dated=False,
        names_programs=True,
    )


class _Numbers:
    """Names of customers that nobody asks for: numbers."""

    def __init__(self, count: int) -> None:
        self._count = count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, row: int) -> str:
        return str(row)
