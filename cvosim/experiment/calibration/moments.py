"""Contrasts of a log that tell trust and fatigue: the same for real and simulated events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from cvosim.experiment.calibration.event_log import FunnelLog
from cvosim.experiment.calibration.passages import Passage, passages
from cvosim.experiment.calibration.responses import touches_of
from cvosim.experiment.calibration.stage_words import Kind
from cvosim.experiment.calibration.tables import Floats
from cvosim.plan.steps import Step

_FEWEST = 5
"""Least people who say yes, and no, on each side of a contrast."""


class Moment(NamedTuple):
    """A number of a log with its variance.

    ``block`` names moments whose errors hang together through ``shared``, the variance that
    all of the block have in common.
    """

    name: str
    value: float
    variance: float
    block: str = ""
    shared: float = 0.0


def trust_moments(
    log: FunnelLog, steps: Sequence[Step], found: Sequence[Passage], row: int
) -> list[Moment]:
    """Hold against each other those who have gained a step's trust and those who have not.

    The log-odds ratio of accepting each later stage at once (Woolf 1955: its variance is the
    sum of the inverse counts). It does not depend on the later stage's own conversion, which
    is what makes trust visible beside it.
    """
    gained = _gained(log, steps[row], found[row], row)
    moments = []
    for later in range(row + 1, len(steps)):
        here = found[later]
        when = np.minimum(here.accepted, here.declined)
        yes = here.direct & ~np.isfinite(
            np.where(here.declined < here.accepted, here.declined, np.inf)
        )
        decided = yes | np.isfinite(here.declined)
        with_it = gained < np.where(decided, when, -np.inf)
        without = decided & ~with_it
        counts = [
            int(np.sum(side & answer))
            for side in (with_it & decided, without)
            for answer in (yes, ~yes)
        ]
        if min(counts) < _FEWEST:
            continue
        a, b, c, d = (count + 0.5 for count in counts)
        value = float(np.log(a / b) - np.log(c / d))
        name = f"acceptance of {steps[later].key} with and without {steps[row].key}"
        moments.append(Moment(name, value, 1.0 / a + 1.0 / b + 1.0 / c + 1.0 / d))
    return moments


def _gained(log: FunnelLog, step: Step, here: Passage, row: int) -> Floats:
    """When each customer gained a step's trust; infinite for never."""
    if step.slot == "lead_magnet":
        return log.first(Kind.CONSUMED, row)
    if getattr(step.offer, "attendance", None) is not None:
        return log.first(Kind.ATTENDED, row)
    return here.accepted


def fatigue_moments(log: FunnelLog, program: int, name: str, opens: bool) -> list[Moment]:
    """Hold each further message of a follow-up against its first.

    The log of the share opened (or, where nobody notes opens, of the share won), less the same
    of the first message. Fatigue is the slope; open, click and conversion cancel.
    """
    table = touches_of(log, program)
    rows = [(t, o if opens else r) for t, o, r in table]
    if not rows or min(rows[0]) < _FEWEST:
        return []
    first, shared = _log_share(*rows[0])
    moments = []
    for number, (touched, got) in enumerate(rows[1:], 2):
        if got < _FEWEST:
            break
        value, variance = _log_share(touched, got)
        label = f"message {number} of {name} against its first"
        moments.append(Moment(label, value - first, variance, name, shared))
    return moments


def _log_share(n: int, k: int) -> tuple[float, float]:
    p = (k + 0.5) / (n + 1.0)
    return float(np.log(p)), (1.0 - p) / (n * p)


def covariance(moments: Sequence[Moment]) -> Floats:
    """Give the covariance matrix of moments."""
    own = np.diag([m.variance for m in moments])
    for i, a in enumerate(moments):
        for j, b in enumerate(moments):
            if a.block and a.block == b.block:
                own[i, j] += a.shared
    return own


class Wanted(NamedTuple):
    """Which moments tell the parameters to refine."""

    trust: tuple[int, ...]
    fatigue: tuple[tuple[int, str], ...]
    opens: bool


def moments_of(
    log: FunnelLog, steps: Sequence[Step], programs: Sequence[Any], wanted: Wanted
) -> dict[str, Moment]:
    """Compute every moment wanted, by name."""
    found: list[Moment] = []
    if wanted.trust:
        way = passages(log, steps, programs)
        for row in wanted.trust:
            found += trust_moments(log, steps, way, row)
    for row, name in wanted.fatigue:
        found += fatigue_moments(log, row, name, wanted.opens)
    return {moment.name: moment for moment in found}
