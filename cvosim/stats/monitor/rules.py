"""When a monitored experiment may stop: an always-valid rule, and a planned one."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvosim.errors import DataError
from cvosim.stats.monitor.looks import Seen, enough, looks_of, ready
from cvosim.stats.monitor.weeks import Weeks, day_text
from cvosim.stats.sequential.analysis import Decision, analyse
from cvosim.stats.sequential.confidence_sequence import ConfidenceSequence
from cvosim.stats.sequential.planning import group_sequential
from cvosim.stats.sequential.replanning import at_the_end
from cvosim.stats.sequential.spending import Spending

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from cvosim.stats.monitor.settings import MonitorSettings
    from cvosim.stats.sequential.analysis import SequentialAnalysis
    from cvosim.stats.sequential.design import GroupSequential
    from cvosim.stats.sequential.stagewise import StagewiseResult
    from cvosim.tables.columns import Floats

CLOSEST = 0.002
"""Share of the planned information that must come in between two looks."""
LAST = 1.0 - 1e-9
"""Share of it at which a planned test is over; what is short by rounding is not short."""


class Verdict(StrEnum):
    """What to do with a treatment."""

    WAIT = "wait"
    CONTINUE = "continue"
    SHIP = "stop: ship it"
    HARM = "stop: it does harm"
    FUTILE = "stop: futile"
    NOT_SHOWN = "ended: no effect shown"


class MonitorLook(NamedTuple):
    """What one look shows, and may say.

    Attributes
    ----------
    cohort : int
        Last cohort that counts.
    day : float
        From which on the look could be taken.
    units : tuple of float
        That count, in control and treatment.
    waiting : float
        Units assigned by then, of both arms, that do not count yet.
    fraction : float
        Of the planned information; NaN without a plan.
    control, treatment, estimate, standard_error : float
        Of all cohorts that count.
    low, high : float
        Interval that holds at all looks together.
    p_value : float
        Always valid, and times the number of treatments, as the interval's level is shared among
        them; NaN while a planned test goes on.
    verdict : Verdict
        After this look.
    """

    cohort: int
    day: float
    units: tuple[float, float]
    waiting: float
    fraction: float
    control: float
    treatment: float
    estimate: float
    standard_error: float
    low: float
    high: float
    p_value: float
    verdict: Verdict


class Ruled(NamedTuple):
    """Looks at a pair of arms under a rule.

    Attributes
    ----------
    looks : tuple of MonitorLook
    stopped : int, optional
        Look, from 0, at which the test stopped.
    estimate, low, high, p_value : float
        Of the effect: of an always-valid test as of the last look, unless that no longer sees
        what was decided; of a planned test as of its stop, which biases, so that the estimate is
        the median-unbiased one with its interval, or of the last look if it goes on.
    method : str
    """

    looks: tuple[MonitorLook, ...]
    stopped: int | None
    estimate: float
    low: float
    high: float
    p_value: float
    method: str


class Pair(NamedTuple):
    """What a rule is applied to: a pair of arms, its calendar, and its share of the error rate."""

    found: Seen
    assigned: Floats
    weeks: Weeks
    alpha: float
    even: float
    """Information of a unit of the design, in units of an even split of the pair."""
    treatments: int = 1
    """Among which the error rate was shared."""

    def corrected(self, p_value: Any) -> Floats:
        """P-value times the number of treatments (Bonferroni), at most 1: as ``alpha`` is shared.

        So p is below the level of the whole just where the interval leaves out no effect.
        """
        return np.asarray(np.minimum(self.treatments * np.asarray(p_value, np.float64), 1.0))


def always_valid(pair: Pair, settings: MonitorSettings) -> Ruled:
    """Look after every complete cohort, for as long as one likes.

    Intervals are those of a confidence sequence (Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas
    2024, theorem 2.2): all of them hold together.
    """
    found = pair.found
    at = looks_of(found, 0.0)
    sequence = ConfidenceSequence.tuned(settings.tuned_units, alpha=pair.alpha)
    estimate, error = found.estimate[at], found.standard_error[at]
    # as many units as there were at the first look, and from then on by the clock of z
    units = found.information[at[:1]] * found.clock[at] / found.clock[at[:1]]
    low, high = sequence.interval(estimate, error, units)
    p = pair.corrected(sequence.p_value(estimate / error, units))
    verdicts = [_by_interval(*ends, settings) for ends in zip(low, high, strict=True)]
    stopped = next((k for k, one in enumerate(verdicts) if one is not Verdict.CONTINUE), None)
    looks = _looks(pair, at, [math.nan] * len(at), (low, high, p), _held(verdicts, stopped))
    method = f"always-valid confidence sequence, narrowest near {settings.tuned_units:,.0f} units"
    # later looks hold, too, and say more; one that sees it no longer does not undo the decision
    now = stopped is not None and verdicts[-1] is verdicts[stopped]
    return _ruled(looks, stopped, method, at=-1 if now else stopped)


def planned(pair: Pair, settings: MonitorSettings) -> Ruled:
    """Look after every complete cohort until the planned end, by a spending function.

    Raises
    ------
    DataError
        If data came after the last planned look.
    """
    assert settings.looks is not None
    design = group_sequential(
        settings.looks, alpha=pair.alpha, spending=settings.spending, futility=settings.futility
    )
    method = f"group-sequential, {design.spending} spending of {100 * pair.alpha:.3g} %"
    method += " for each treatment" if pair.treatments > 1 else ""
    found = pair.found
    at, fractions = _on_plan(pair, settings)
    if not len(at):
        return _ruled((), None, method)
    # at most 1, past which nothing is spent; the clock of z, in shares of the last of them
    times = min(float(fractions[-1]), 1.0) * _apart(found.clock[at])
    effects = found.estimate[at], found.standard_error[at]
    done = analyse(
        _spending_by(design, times, fractions), *([*part] for part in (times, *effects))
    )  # fmt: skip
    verdicts, stopped, result = _decided(done, settings)
    ends = np.array([(look.low, look.high, math.nan) for look in done.looks]).T
    looks = _looks(pair, at, fractions, tuple(ends), _held(verdicts, stopped))
    if result is None:
        return _ruled(looks, stopped, method, at=stopped)
    p = float(pair.corrected(result.p_value))
    return Ruled(looks, stopped, result.estimate, result.low, result.high, p, method)


def _on_plan(pair: Pair, settings: MonitorSettings) -> tuple[NDArray[np.intp], Floats]:
    """Cohorts after which there is a look, and the share of the plan that is done by then."""
    assert settings.looks is not None
    found = pair.found
    if settings.planned_units is not None:
        whole = settings.planned_units * pair.even
        at = looks_of(found, CLOSEST * whole, LAST * whole)
        fractions = found.information[at] / whole
    else:
        at = _weekly(found, settings.looks)
        fractions = (at + 1.0) / settings.looks
    ended = [k for k, fraction in enumerate(fractions) if at_the_end(float(fraction))]
    if ended:
        _refuse_later(pair, at, ended[0], found)
    return at, fractions


def _decided(
    done: SequentialAnalysis, settings: MonitorSettings
) -> tuple[list[Verdict], int | None, StagewiseResult | None]:
    """Verdicts look by look, and the stop: by a bound, or since no effect that pays is left."""
    verdicts = [_of_decision(look.decision, settings) for look in done.looks]
    ruled_out = [
        k
        for k, look in enumerate(done.looks)
        if _by_interval(look.low, look.high, settings) is Verdict.FUTILE
    ]
    if ruled_out and (done.stopped is None or ruled_out[0] < done.stopped):
        verdicts[ruled_out[0]] = Verdict.FUTILE
        return verdicts, ruled_out[0], None
    return verdicts, done.stopped, done.result


@dataclass(frozen=True)
class SpentByPlan(Spending):
    """A spending function that goes by the plan, while z goes by a clock of its own.

    The error rate is spent by the share of planned units or periods; the correlations of z come
    from the variances found: valid whatever comes each week (Lan & DeMets 1989, Statistics in
    Medicine 8:1191-1198).
    """

    times: tuple[float, ...] = ()
    shares: tuple[float, ...] = ()

    def spent(self, fraction: ArrayLike, alpha: float) -> Floats:
        """Error rate spent by a look, known by its time on the clock of z."""
        time = np.asarray(fraction, np.float64)
        return super().spent(np.interp(time, (0.0, *self.times), (0.0, *self.shares)), alpha)


def _apart(clock: Floats) -> Floats:
    """Times in shares of the last one, no two so near that they would count as one look."""
    steps = np.maximum(np.diff(clock, prepend=0.0) / clock[-1], CLOSEST)
    times: Floats = np.cumsum(steps) / steps.sum()
    return times


def _spending_by(design: GroupSequential, times: Floats, shares: Floats) -> GroupSequential:
    def timed(rule: Spending) -> SpentByPlan:
        return SpentByPlan(rule.kind, rule.parameter, tuple(times), tuple(shares))

    assert isinstance(design.spending, Spending)
    futility = None if design.futility is None else timed(design.futility)
    return replace(design, spending=timed(design.spending), futility=futility)


def _weekly(found: Seen, planned_looks: int) -> NDArray[np.intp]:
    """Cohorts after which there is a look: none that adds next to nothing to those before."""
    kept: list[int] = []
    end = np.arange(len(found.information)) + 1 == planned_looks  # a look, even or not
    for cohort in np.flatnonzero(ready(found) | (enough(found) & end)).tolist():
        before = found.information[kept[-1]] if kept else 0.0
        if found.information[cohort] - before > CLOSEST * found.information[cohort]:
            kept.append(cohort)
        elif cohort + 1 == planned_looks:  # nobody came in the last period: the end all the same
            kept[-1] = cohort
    return np.array(kept, np.intp)


def _refuse_later(pair: Pair, at: NDArray[np.intp], end: int, found: Seen) -> None:
    """Refuse what came after the last look: all of the error rate is spent."""
    last = int(at[end])
    later = float(found.units[-1].sum() - found.units[last].sum())
    if later > 0.0:
        day = pair.weeks.look_day(last)
        arms = "both arms" if pair.treatments == 1 else "control and one of the treatments"
        raise DataError(
            f"data after the last look: the planned end was reached on {day_text(day)} with "
            f"{found.units[last].sum():,.0f} units in {arms}, and {later:,.0f} more are complete "
            f"since; they cannot be tested. Leave them out with --until {_until(day)}, or plan for "
            "more before the next experiment"
        )


def _until(day: float) -> str:
    """Last day of data that end just before a day, as an option takes it."""
    text = day_text(day - 1.0)
    return f"{day:g}" if text.startswith("day") else text


def _by_interval(low: float, high: float, settings: MonitorSettings) -> Verdict:
    good, bad = (-high, -low) if settings.lower_is_better else (low, high)
    if good > 0.0:
        return Verdict.SHIP
    if bad < 0.0:
        return Verdict.HARM
    if settings.worth is not None and bad < settings.worth:
        return Verdict.FUTILE
    return Verdict.CONTINUE


def _of_decision(decision: Decision, settings: MonitorSettings) -> Verdict:
    better, worse = Verdict.SHIP, Verdict.HARM
    if settings.lower_is_better:
        better, worse = worse, better
    return {
        Decision.EFFICACY: better,
        Decision.HARM: worse,
        Decision.FUTILITY: Verdict.FUTILE,
        Decision.NOT_SHOWN: Verdict.NOT_SHOWN,
    }.get(decision, Verdict.CONTINUE)


def _held(verdicts: list[Verdict], stopped: int | None) -> list[Verdict]:
    """Verdicts look by look; the one of the stop stays."""
    if stopped is None:
        return verdicts
    before = [Verdict.CONTINUE] * stopped
    return before + [verdicts[stopped]] * (len(verdicts) - stopped)


def _looks(
    pair: Pair,
    at: NDArray[np.intp],
    fractions: Floats | list[float],
    ends: tuple[Floats, ...],
    verdicts: list[Verdict],
) -> tuple[MonitorLook, ...]:
    found, entered = pair.found, np.cumsum(pair.assigned)
    rows = []
    for k, cohort in enumerate(at.tolist()):
        units = found.units[cohort]
        by_then = entered[min(cohort + pair.weeks.lag, len(entered) - 1)]
        rows.append(
            MonitorLook(
                cohort=cohort,
                day=pair.weeks.look_day(cohort),
                units=(float(units[0]), float(units[1])),
                waiting=float(by_then - units.sum()),
                fraction=float(fractions[k]),
                control=float(found.control[cohort]),
                treatment=float(found.treatment[cohort]),
                estimate=float(found.estimate[cohort]),
                standard_error=float(found.standard_error[cohort]),
                low=float(ends[0][k]),
                high=float(ends[1][k]),
                p_value=float(ends[2][k]),
                verdict=verdicts[k],
            )
        )
    return tuple(rows)


def _ruled(
    looks: tuple[MonitorLook, ...], stopped: int | None, method: str, at: int | None = None
) -> Ruled:
    """Say where the test stands: at a look, the last one if none is given."""
    if not looks:
        return Ruled((), None, math.nan, math.nan, math.nan, math.nan, method)
    look = looks[-1 if at is None else at]
    return Ruled(looks, stopped, look.estimate, look.low, look.high, look.p_value, method)
