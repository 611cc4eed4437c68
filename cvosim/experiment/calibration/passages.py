"""When each customer reached, accepted or declined each stage, from an event log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvosim.errors import DataError
from cvosim.experiment.calibration.delays import Waits
from cvosim.experiment.calibration.event_log import FunnelLog
from cvosim.experiment.calibration.stage_words import ARRIVAL, Kind
from cvosim.experiment.calibration.tables import Floats
from cvosim.plan.steps import Step

Bools = NDArray[np.bool_]
_SLOW = ("follow_up", "remarketing")


class Passage(NamedTuple):
    """What happened at one stage: an element a customer, times in days, infinite for never.

    ``reached`` is NaN where nobody can tell when (or whether) the stage was reached.
    ``by_program`` marks acceptances that a return-path program brought.
    """

    reached: Floats
    accepted: Floats
    declined: Floats
    by_program: Bools
    logs_no: bool
    why: str = ""

    @property
    def direct(self) -> Bools:
        """Who said yes at once, without the return path."""
        return np.isfinite(self.accepted) & ~self.by_program

    def waits(self, log: FunnelLog) -> Waits:
        """Give the waits of those of whom it is known when they reached the stage."""
        known = np.isfinite(self.reached)
        no = np.isfinite(self.declined)
        yes, no = self.direct & known, no & known & ~self.direct
        lost = known & self.by_program & ~no
        open_ = known & ~yes & ~no & ~lost
        since = np.where(known, self.reached, 0.0)
        return Waits(
            yes=_tidy((self.accepted[yes] - since[yes]), log.unit),
            no=_tidy(self.declined[no] - since[no], log.unit) if self.logs_no else np.zeros(0),
            undecided=_tidy(log.end - since[open_], log.unit),
            undated=int(lost.sum()) if self.logs_no else int(lost.sum() + no.sum()),
            logs_no=self.logs_no,
            unit=log.unit,
        )


def _tidy(days: Floats, unit: float) -> Floats:
    """Take rounding off differences of times: whole units where times are so noted."""
    if unit:
        days = np.round(days / unit) * unit
    return np.maximum(days, 0.0)


def passages(log: FunnelLog, steps: Sequence[Step], programs: Sequence[object]) -> list[Passage]:
    """Follow every customer from stage to stage.

    Parameters
    ----------
    log : FunnelLog
        Sorted by time.
    steps : sequence of Step
        The journey.
    programs : sequence
        The return path's programs.

    Returns
    -------
    list of Passage
        One a step. A stage is reached when the one before it was accepted, or declined where
        the journey goes on after a no, or when the log says so.

    Raises
    ------
    DataError
        If somebody did a later stage without an earlier one that the journey requires, or
        before it.
    """
    arrived = log.first_of((log.kind == Kind.ARRIVED) & (log.stage == ARRIVAL))
    reached = np.where(np.isfinite(arrived), arrived, np.nan)
    why = "" if np.any(np.isfinite(arrived)) else "the log has no arrivals"
    found: list[Passage] = []
    for row, step in enumerate(steps):
        said = log.first(Kind.REACHED, row)
        reached = np.where(np.isfinite(said), said, reached)
        passage = _at(log, row, reached, why)
        found.append(passage)
        reached, why = _after(log, row, step, passage, programs)
    _refuse_impossible(log, steps, found)
    return found


def _at(log: FunnelLog, row: int, reached: Floats, why: str) -> Passage:
    here = log.stage == row
    accepts = here & ((log.kind == Kind.ACCEPTED) | (log.kind == Kind.RECOVERED))
    accepted = log.first_of(accepts)
    won = log.first_of(accepts & ((log.program >= 0) | (log.kind == Kind.RECOVERED)))
    declined = log.first(Kind.DECLINED, row)
    return Passage(
        reached=reached,
        accepted=accepted,
        declined=declined,
        by_program=np.isfinite(accepted) & ((won <= accepted) | (declined < accepted)),
        logs_no=log.has(Kind.DECLINED, row),
        why=why,
    )


def _after(
    log: FunnelLog, row: int, step: Step, here: Passage, programs: Sequence[object]
) -> tuple[Floats, str]:
    """When the next stage is reached; NaN where it is not, or nobody can tell."""
    onward, why = np.where(np.isfinite(here.accepted), here.accepted, np.nan), here.why
    if step.slot == "engage" and (step.offer.exposures > 1 and step.offer.every is not None):
        return np.full_like(onward, np.nan), "nobody notes when the last content was shown"
    if getattr(step.offer, "attendance", None) is not None and step.offer.starts_after is not None:
        came = log.first(Kind.ATTENDED, row)
        onward, why = np.where(np.isfinite(came), came, np.nan), ""
    if not goes_on(step):
        return onward, why
    served = [p for p in programs if step.key in getattr(p, "at", ()) and not _stops(step)]
    if here.logs_no and not any(getattr(p, "kind", "") in _SLOW for p in served):
        return np.where(np.isnan(onward) & np.isfinite(here.declined), here.declined, onward), why
    if not served and step.offer.delay is None:  # whoever came here passed at that moment
        return np.where(np.isnan(onward), here.reached, onward), why
    return onward, f"the log does not say who goes on after declining {step.key}, and when"


def goes_on(step: Step) -> bool:
    """Whether those who decline this step come to the next one."""
    if step.offer.on_decline is not None:
        return bool(step.offer.on_decline == "continue")
    return not step.required


def _stops(step: Step) -> bool:
    return step.offer.on_decline in ("continue", "exit")


def _refuse_impossible(log: FunnelLog, steps: Sequence[Step], found: list[Passage]) -> None:
    for row in range(1, len(steps)):
        came = np.isfinite(found[row].accepted) | np.isfinite(found[row].declined)
        for earlier in range(row):
            if goes_on(steps[earlier]) or steps[earlier].offer.aim is not None:
                continue
            never = came & ~np.isfinite(found[earlier].accepted)
            _refuse(log, never, f"came to {steps[row].key} without accepting {steps[earlier].key}")
            at = np.minimum(found[row].accepted, found[row].declined)
            early = came & (at < found[earlier].accepted - 1e-9)
            _refuse(log, early, f"came to {steps[row].key} before accepting {steps[earlier].key}")


def _refuse(log: FunnelLog, bad: Bools, words: str) -> None:
    who = np.flatnonzero(bad)
    if len(who):
        more = f" (and {len(who) - 1} more)" if len(who) > 1 else ""
        raise DataError(
            f"{log.source}: customer {log.customers[who[0]]}{more} {words}, which the scenario's "
            "journey does not allow; correct the log, or let the scenario go on after a no there "
            "(on_decline: continue) or set journey.order"
        )
