"""What an event log or a stage-count table says about each stage, before anything is solved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from cvosim.experiment.calibration.delay_laws import LAWS
from cvosim.experiment.calibration.delays import Decisions, Waits, fit_decisions
from cvosim.experiment.calibration.event_log import FunnelLog
from cvosim.experiment.calibration.fits import StageFit
from cvosim.experiment.calibration.passages import Passage
from cvosim.experiment.calibration.shares import share_of
from cvosim.experiment.calibration.stage_counts import StageCounts
from cvosim.experiment.calibration.stage_words import Kind
from cvosim.plan.steps import Step

AIC, KEEP = "aic", "keep"
"""Which kind of delay is fitted: the one of lowest AIC, or the author's."""


def stage_from_log(
    log: FunnelLog, row: int, step: Step, passage: Passage, delays: str, served: bool
) -> StageFit:
    """Read one stage off an event log.

    Parameters
    ----------
    log : FunnelLog
        The events.
    row, step : int, Step
        The stage.
    passage : Passage
        Who reached, accepted and declined it.
    delays : str
        ``aic`` or ``keep``.
    served : bool
        Whether a return-path program serves it.
    """
    if step.slot == "engage":
        return StageFit(step.key, None, True, notes=("engagement is not fitted",))
    found, first = _decisions(log, step, passage, delays, served)
    notes = [found.why or passage.why] if found.share is None or found.delay is None else []
    consumed = _consumed(log, row, step, passage, delays)
    if consumed.why:
        notes.append(consumed.why)
    return StageFit(
        stage=step.key,
        observed=found.share,
        first=first,
        delay=found.delay,
        consumed=consumed.share,
        time_to_value=consumed.delay,
        notes=tuple(note for note in notes if note),
    )


def _decisions(
    log: FunnelLog, step: Step, here: Passage, delays: str, served: bool
) -> tuple[Decisions, bool]:
    some = np.isfinite(here.accepted) | np.isfinite(here.declined)
    if not some.any():
        return Decisions(None, None, "nobody in the log decides on it"), True
    if here.logs_no:
        no = (np.isfinite(here.declined) | here.by_program) & ~here.direct
        share = share_of(int(here.direct.sum()), int(here.direct.sum() + no.sum()))
        found = _fit(here.waits(log), step.offer.delay, delays)
        return Decisions(share, found.delay, found.why), True
    if not np.isfinite(here.reached).any():
        return Decisions(None, None, here.why or "the log does not say who reached it"), True
    if step.offer.aim is not None:
        return Decisions(None, None, "it is aimed at some, and the log has no declines"), True
    if served and not log.names_programs:
        reached = int(np.isfinite(here.reached).sum())
        why = "acceptances at once and by the return path are not told apart: no delay is fitted"
        yes = int((np.isfinite(here.accepted) & np.isfinite(here.reached)).sum())
        return Decisions(share_of(yes, reached), None, why), False
    return _fit(here.waits(log), step.offer.delay, delays), True


def _fit(waits: Waits, written: Any, delays: str) -> Decisions:
    kind = "fixed" if written is None else str(written.kind)
    if delays == KEEP and kind in LAWS:
        return fit_decisions(waits, (kind,))
    found = fit_decisions(waits, keep=kind)
    if delays == KEEP and found.delay is not None and found.delay.aic:
        why = f"its delay is {kind}, as written, and the log's delays are not"
        return Decisions(found.share, None, why)
    return found


def _consumed(log: FunnelLog, row: int, step: Step, here: Passage, delays: str) -> Decisions:
    """Read off who consumed a lead magnet, or attended what it had committed to, and when."""
    magnet = step.slot == "lead_magnet"
    if not magnet and getattr(step.offer, "attendance", None) is None:
        return Decisions(None, None)
    kind, word = (Kind.CONSUMED, "consumed") if magnet else (Kind.ATTENDED, "attended")
    if not log.has(kind, row):
        return Decisions(None, None, f"the log does not say who {word} it")
    took = np.isfinite(here.accepted)
    did = log.first(kind, row)
    yes = took & np.isfinite(did)
    waits = Waits(
        yes=np.maximum(did[yes] - here.accepted[yes], 0.0),
        no=np.zeros(0),
        undecided=np.maximum(log.end - here.accepted[took & ~yes], 0.0),
        logs_no=False,
        unit=log.unit,
    )
    written = step.offer.time_to_value if magnet else step.offer.starts_after
    return _fit(waits, written, delays)


def stages_from_table(counts: StageCounts, steps: Sequence[Step]) -> dict[int, StageFit]:
    """Read the stages off a stage-count table."""
    found = {}
    for row, (reached, accepted) in counts.stages.items():
        step = steps[row]
        note = "a table of counts has no times: delays stay as written"
        fit = StageFit(step.key, None, False, notes=(note,))
        if step.slot == "engage":
            fit = replace(fit, notes=("engagement is not fitted",))
        elif reached == 0:
            fit = replace(fit, notes=("nobody reached it",))
        else:
            fit = replace(fit, observed=share_of(accepted, reached))
        found[row] = fit
    return found


def price_notes(log: FunnelLog, row: int, step: Step) -> list[str]:
    """Say where the log's price is not the scenario's, at which conversions are stated."""
    price = float(getattr(step.offer, "price", 0.0) or 0.0)
    paid = log.revenue[(log.stage == row) & (log.kind == Kind.ACCEPTED) & (log.program < 0)]
    paid = paid[np.isfinite(paid) & (paid > 0)]
    share = float(getattr(step.offer, "commission", 1.0) or 1.0)
    if not price or len(paid) < 5:
        return []
    median = float(np.median(paid))
    if abs(median - price * share) <= 0.005 * price * share:
        return []
    return [
        f"In the log {step.key} sells at {median:g}, in the scenario at {price * share:g}: its "
        "conversion is what was seen at the log's price."
    ]
