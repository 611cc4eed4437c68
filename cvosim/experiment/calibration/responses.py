"""What return-path programs did, from an event log: opened, clicked, won back, left."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cvosim.experiment.calibration.event_log import FunnelLog
from cvosim.experiment.calibration.passages import Passage
from cvosim.experiment.calibration.shares import LEVEL, Share, Z, expit, logit, share_of
from cvosim.experiment.calibration.stage_words import Kind
from cvosim.experiment.calibration.tables import Floats
from cvosim.plan.steps import Step


@dataclass(frozen=True)
class Response:
    """What is known about one program.

    Attributes
    ----------
    program : str
        Its name.
    kind : str
        ``exit_offer``, ``follow_up`` or ``remarketing``.
    values : dict of str to Share
        Fitted parameters by key: ``open``, ``fatigue``, ``click``, ``unsubscribe``.
    won : Share or None
        Recovered of those who were asked: those who clicked where clicks are noted, else of
        all touches.
    of_touches : bool
        Whether ``won`` is of touches.
    by_touch : tuple of (int, int, int)
        Touched, opened and recovered by the number of the touch, the first being 0.
    notes : tuple of str
        What could not be told, and why.
    conversion : Share or None
        What is written so that the scenario wins back as many.
    """

    program: str
    kind: str
    values: dict[str, Share]
    won: Share | None
    of_touches: bool
    by_touch: tuple[tuple[int, int, int], ...]
    notes: tuple[str, ...]
    conversion: Share | None = None

    def to_dict(self) -> dict[str, Any]:
        """Give plain values, for JSON."""
        return {
            "program": self.program,
            "kind": self.kind,
            "values": {key: vars(share) for key, share in self.values.items()},
            "won": None if self.won is None else vars(self.won),
            "won_of": "touches" if self.of_touches else "clicks",
            "conversion": None if self.conversion is None else vars(self.conversion),
            "by_touch": [list(row) for row in self.by_touch],
            "notes": list(self.notes),
        }


def responses(
    log: FunnelLog, steps: Sequence[Step], programs: Sequence[Any], found: Sequence[Passage]
) -> list[Response]:
    """Read off every program that the log says something about."""
    known = []
    for row, program in enumerate(programs):
        if program.kind in ("exit_offer", "follow_up", "remarketing"):
            mine = log.program == row
            if np.any(mine):
                known.append(_response(log, steps, programs, row, found))
    return known


def _response(
    log: FunnelLog,
    steps: Sequence[Step],
    programs: Sequence[Any],
    row: int,
    found: Sequence[Passage],
) -> Response:
    program, mine = programs[row], log.program == row
    touched, clicked = (
        int(np.sum(mine & (log.kind == kind))) for kind in (Kind.TOUCHED, Kind.CLICKED)
    )
    recovered = _recovered(mine, log)
    by_touch = _by_touch(log, mine, recovered)
    values: dict[str, Share] = {}
    notes: list[str] = []
    if program.kind == "follow_up":
        values, notes = _messages(log, mine, by_touch, program, int(recovered.sum()))
    elif program.kind == "remarketing":
        days, why = _days_shown(log, steps, programs, row, found)
        if why:
            notes.append(why)
        elif program.impressions_per_day > 0 and days > 0:
            values["click"] = _rate(clicked, days * program.impressions_per_day)
    asked = clicked if program.kind != "exit_offer" and clicked else touched
    of_touches = asked is touched and not (program.kind != "exit_offer" and clicked)
    won = share_of(int(recovered.sum()), asked) if asked >= recovered.sum() and asked else None
    return Response(program.name, program.kind, values, won, of_touches, by_touch, tuple(notes))


def touches_of(log: FunnelLog, program: int) -> tuple[tuple[int, int, int], ...]:
    """Count touched, opened and recovered by the number of the touch."""
    mine = log.program == program
    return _by_touch(log, mine, _recovered(mine, log))


def _recovered(mine: NDArray[np.bool_], log: FunnelLog) -> NDArray[np.bool_]:
    """Mark one event a recovery: where both are noted, the word itself and not the acceptance."""
    said = mine & (log.kind == Kind.RECOVERED)
    return np.asarray(said if said.any() else mine & (log.kind == Kind.ACCEPTED))


def _by_touch(
    log: FunnelLog, mine: NDArray[np.bool_], recovered: NDArray[np.bool_]
) -> tuple[tuple[int, int, int], ...]:
    """Count touched, opened and recovered by how many touches of a stage came before."""
    rows = np.flatnonzero(mine & (log.stage >= 0))
    kinds = (log.kind[rows] == Kind.TOUCHED, log.kind[rows] == Kind.OPENED, recovered[rows])
    key = log.customer[rows] * (int(log.stage.max()) + 2) + log.stage[rows]
    order = np.argsort(key, kind="stable")  # rows are in the order of time
    new = np.flatnonzero(np.diff(key[order], prepend=-1))
    running = np.cumsum(kinds[0][order])
    before = np.repeat(running[new] - kinds[0][order][new], np.diff(np.append(new, len(order))))
    number = np.empty(len(rows), np.int64)
    number[order] = running - before - 1
    most = int(number.max(initial=0)) + 1
    counts = [np.bincount(number[k & (number >= 0)], minlength=most) for k in kinds]
    return tuple((int(t), int(o), int(r)) for t, o, r in zip(*counts, strict=True))


def _messages(
    log: FunnelLog, mine: NDArray[np.bool_], by_touch: Any, program: Any, recovered: int
) -> tuple[dict[str, Share], list[str]]:
    """Fit opens and their fatigue, clicks and unsubscriptions of a follow-up."""
    touched, opened, _ = (sum(column) for column in zip(*by_touch, strict=True))
    clicked = int(np.sum(mine & (log.kind == Kind.CLICKED)))
    left = int(np.sum(mine & (log.kind == Kind.UNSUBSCRIBED)))
    values: dict[str, Share] = {}
    notes: list[str] = []
    if opened:
        values |= _opens(by_touch, program)
        if clicked:
            values["click"] = share_of(min(clicked, opened), opened)
    else:
        notes.append("the log has no opened messages: open, click and fatigue stay as written")
    if touched > recovered and (left or program.unsubscribe > 0):
        values["unsubscribe"] = share_of(min(left, touched - recovered), touched - recovered)
    return values, notes


def _opens(by_touch: Sequence[tuple[int, int, int]], program: Any) -> dict[str, Share]:
    """Fit ``open * fatigue**k`` to the opens of touch ``k`` by maximum likelihood."""
    from scipy.optimize import minimize

    table = np.array([(t, o) for t, o, _ in by_touch], float)
    n, opened, k = table[:, 0], table[:, 1], np.arange(len(table))
    pooled = share_of(int(opened.sum()), int(n.sum()))
    if np.sum(n > 0) < 2:
        return {"open": pooled}

    def cost(at: Floats) -> float:
        p = np.clip(math.exp(-math.exp(at[0])) * np.exp(-k * math.exp(at[1])), 1e-12, 1 - 1e-12)
        return -float(opened @ np.log(p) + (n - opened) @ np.log1p(-p))

    first = min(max(pooled.value, 1e-3), 0.999)
    best = minimize(cost, [math.log(-math.log(first)), -3.0], method="Nelder-Mead",
                    options={"xatol": 1e-8, "fatol": 1e-9, "maxiter": 4000})  # fmt: skip
    flat = cost(np.array([math.log(-math.log(first)), -40.0]))
    if flat - best.fun < 1.92 and program.fatigue == 1.0:  # chi2(1) at 5 %: no fatigue to be seen
        return {"open": pooled}
    open_, fatigue = math.exp(-math.exp(best.x[0])), math.exp(-math.exp(best.x[1]))
    p = open_ * fatigue**k
    slopes = np.stack([1.0 / open_ * p, k / max(fatigue, 1e-12) * p])
    weight = n / np.maximum(p * (1.0 - p), 1e-12)
    covariance = np.linalg.pinv((slopes * weight) @ slopes.T)
    counts = int(opened.sum()), int(n.sum())
    errors = np.sqrt(np.diag(covariance))
    return {
        "open": _wald(open_, float(errors[0]), *counts),
        "fatigue": _wald(fatigue, float(errors[1]), *counts),
    }


def _wald(value: float, error: float, successes: int, trials: int) -> Share:
    if not 1e-6 < value < 1.0 - 1e-6:
        value = min(max(value, 0.0), 1.0)
        return Share(
            value, max(value - Z * error, 0.0), min(value + Z * error, 1.0), successes, trials
        )
    at, spread = logit(value), error / (value * (1.0 - value))
    return Share(value, expit(at - Z * spread), expit(at + Z * spread), successes, trials)


def _rate(events: int, exposure: float) -> Share:
    """A Poisson rate per impression, with its exact interval (Garwood 1936)."""
    from scipy.stats import chi2

    tail = (1.0 - LEVEL) / 2.0
    low = float(chi2.ppf(tail, 2 * events)) / 2.0 if events else 0.0
    high = float(chi2.ppf(1.0 - tail, 2 * events + 2)) / 2.0
    value = min(events / exposure, 1.0)
    return Share(
        value, min(low / exposure, 1.0), min(high / exposure, 1.0), events, round(exposure)
    )


def _days_shown(
    log: FunnelLog,
    steps: Sequence[Step],
    programs: Sequence[Any],
    row: int,
    found: Sequence[Passage],
) -> tuple[float, str]:
    """Days for which people saw a remarketing program's advertisements, all together."""
    program, total = programs[row], 0.0
    window = program.window_days
    if program.frequency_cap is not None and program.impressions_per_day > 0:
        window = min(window, program.frequency_cap / program.impressions_per_day)
    for at, step in enumerate(steps):
        if step.key not in program.at or step.offer.on_decline in ("continue", "exit"):
            continue
        before = [p for p in programs[:row] if step.key in getattr(p, "at", ())]
        if any(p.kind in ("follow_up", "remarketing") for p in before) or program.aim is not None:
            return (
                0.0,
                "it does not begin at the decline, so nobody knows for how long it was shown",
            )
        passage = found[at]
        if not passage.logs_no:
            return (
                0.0,
                f"the log has no declines of {step.key}: nobody knows since when it was shown",
            )
        mine = log.first_of((log.stage == at) & (log.kind == Kind.RECOVERED) & (log.program == row))
        if not np.isfinite(mine).any():
            mine = np.where(passage.by_program, passage.accepted, np.inf)
        others = passage.by_program & ~np.isfinite(mine)
        start = np.where(others, np.inf, passage.declined)
        end = np.minimum(np.minimum(start + window, mine), log.end + log.unit)
        shown = np.isfinite(start)
        total += float(np.maximum(end[shown] - start[shown], 0.0).sum())
    return total, ""
