"""Parameters that no likelihood tells, by the method of simulated moments."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from cvosim.errors import DataError
from cvosim.experiment.calibration.event_log import FunnelLog
from cvosim.experiment.calibration.moments import Moment, Wanted, covariance, moments_of
from cvosim.experiment.calibration.shares import Z
from cvosim.experiment.calibration.simulated import Luck, Run
from cvosim.experiment.calibration.stage_words import Kind
from cvosim.experiment.calibration.tables import Floats
from cvosim.plan.plan import Plan
from cvosim.plan.steps import Step

At = Sequence[float] | Floats
_MOST = 3
_TRUST, _FATIGUE = (-3.0, 8.0), (0.05, 1.0)
_STEPS = {"trust": 0.25, "fatigue": 0.05}
_WORST = {"trust": 1.5, "fatigue": 0.25}
"""Standard errors from which a parameter is not told by the log."""


@dataclass(frozen=True)
class Refined:
    """A parameter found by simulated moments.

    Attributes
    ----------
    path : str
        Where it stands in the scenario.
    before : float
        What the author wrote.
    value : float or None
        What reproduces the moments best; None if the log does not tell it.
    standard_error : float or None
        From the moments' errors, those of the simulation among them.
    low, high : float or None
        The 90 % interval.
    moments : tuple of (str, float, float)
        What was matched: name, observed, simulated.
    misfit : float or None
        Probability of moments that differ so much if the model is right; None where there are
        no more moments than parameters.
    why : str
        In words, why not, or what to doubt.
    """

    path: str
    before: float
    value: float | None
    standard_error: float | None
    low: float | None
    high: float | None
    moments: tuple[tuple[str, float, float], ...]
    misfit: float | None
    why: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Give plain values, for JSON."""
        return {**vars(self), "moments": [list(row) for row in self.moments]}


class Knob(NamedTuple):
    """A parameter to turn: where it is, its kind, its row in the plan, and the author's value."""

    path: str
    kind: str
    row: int
    before: float

    @property
    def bounds(self) -> tuple[float, float]:
        """The range that is searched."""
        return _TRUST if self.kind == "trust" else _FATIGUE


class World(NamedTuple):
    """What is simulated, and what it is held against."""

    plan: Plan
    steps: Sequence[Step]
    programs: Sequence[Any]
    log: FunnelLog
    luck: Luck


def knobs_of(paths: Sequence[str], steps: Sequence[Step], programs: Sequence[Any]) -> list[Knob]:
    """Find the parameters to refine.

    Raises
    ------
    DataError
        If a path is none that simulated moments can tell, or there are more than three.
    """
    if len(paths) > _MOST:
        raise DataError(f"--refine: {len(paths)} parameters at once; {_MOST} are the most")
    known: dict[str, Knob] = {}
    for row, step in enumerate(steps):
        if hasattr(step.offer, "trust") and step.slot != "engage":
            path = f"{section_of(step)}.trust"
            known[path] = Knob(path, "trust", row, float(step.offer.trust))
    for row, program in enumerate(programs):
        if program.kind == "follow_up":
            path = f"journey.return_path.{program.name}.fatigue"
            known[path] = Knob(path, "fatigue", row, float(program.fatigue))
    unknown = [path for path in paths if path not in known]
    if unknown:
        from difflib import get_close_matches

        near = get_close_matches(unknown[0], list(known), n=1, cutoff=0.6)
        hint = f'did you mean "{near[0]}"?' if near else f"there are: {', '.join(known)}"
        raise DataError(
            f'--refine: "{unknown[0]}" is no trust of a stage or fatigue of a follow-up; {hint}'
        )
    return [known[path] for path in dict.fromkeys(paths)]


def section_of(step: Step) -> str:
    """Give the path of a step's section in the scenario file."""
    single = ("engage", "lead_magnet", "tripwire", "excite", "core_offer")
    return f"journey.{step.slot if step.slot in single else f'profit_maximizers.{step.key}'}"


def refine(world: World, knobs: Sequence[Knob]) -> list[Refined]:
    """Find the values whose simulated moments come nearest to those of a log.

    The method of simulated moments (McFadden 1989, *Econometrica* 57, 995-1026; Gourieroux &
    Monfort 1996, *Simulation-Based Econometric Methods*, ch. 2): minimise
    ``(m - m(theta))' W (m - m(theta))`` with ``W`` the inverse covariance of the observed
    moments and the same luck for every ``theta``, so that moments move smoothly with it. The
    covariance of the estimate is ``(1 + 1/H) (D' W D)^-1``, ``D`` the derivative of the moments
    and ``H`` simulated customers per observed one.

    Parameters
    ----------
    world : World
        The scenario with everything else calibrated, and the log.
    knobs : sequence of Knob
        At most three.

    Returns
    -------
    list of Refined
        A parameter that moves no moment beyond the noise is refused in words.
    """
    wanted = Wanted(
        trust=tuple(k.row for k in knobs if k.kind == "trust"),
        fatigue=tuple(
            (k.row, str(world.programs[k.row].name)) for k in knobs if k.kind == "fatigue"
        ),
        opens=world.log.has(Kind.OPENED),
    )
    seen = moments_of(world.log, world.steps, world.programs, wanted)
    told = [knob for knob in knobs if _told_by(knob, seen, world)]
    found = {knob.path: _refused(knob, world) for knob in knobs if knob not in told}
    if told:
        found |= {result.path: result for result in _search(world, told, wanted, seen)}
    return [found[knob.path] for knob in knobs]


def _told_by(knob: Knob, seen: dict[str, Moment], world: World) -> bool:
    return any(_about(knob, name, world) for name in seen)


def _about(knob: Knob, moment: str, world: World) -> bool:
    if knob.kind == "fatigue":
        return f" of {world.programs[knob.row].name} against" in moment
    return moment.endswith(f"without {world.steps[knob.row].key}")


def _refused(knob: Knob, world: World) -> Refined:
    if knob.kind == "fatigue":
        why = "too few messages of different numbers were opened, or won anybody back"
    else:
        key = world.steps[knob.row].key
        verb = "consumed it" if world.steps[knob.row].slot == "lead_magnet" else f"accepted {key}"
        why = (
            f"nobody in the log decides on a later stage both with and without having {verb}: "
            "any value explains it as well, the conversions of later stages making up for it"
        )
    return Refined(knob.path, knob.before, None, None, None, None, (), None, why)


def turned(plan: Plan, knobs: Sequence[Knob], at: Sequence[float]) -> Plan:
    """Put values in place of a plan's."""
    offers, touches = plan.offers.copy(), plan.touches.copy()
    for knob, value in zip(knobs, at, strict=True):
        if knob.kind == "trust":
            offers["trust"][knob.row] = value
            continue
        first = int(plan.programs["first_touch"][knob.row])
        count = int(plan.programs["n_touches"][knob.row])
        touches["open"][first : first + count] = touches["open"][first] * value ** np.arange(count)
    return plan._replace(offers=offers, touches=touches)


def _search(
    world: World, knobs: Sequence[Knob], wanted: Wanted, seen: dict[str, Moment]
) -> list[Refined]:
    names = list(seen)
    observed = np.array([seen[name].value for name in names])
    errors = covariance([seen[name] for name in names])
    weight = np.linalg.inv(errors)
    simulated: dict[tuple[float, ...], Floats] = {}

    def moments(at: At) -> Floats:
        key = tuple(float(v) for v in at)
        if key not in simulated:
            run = Run(turned(world.plan, knobs, key), world.luck)
            got = moments_of(run.log, world.steps, world.programs, wanted)
            simulated[key] = np.array([got[n].value if n in got else math.nan for n in names])
        return simulated[key]

    def distance(at: At) -> float:
        gap = observed - moments(at)
        gap = np.where(np.isnan(gap), 10.0, gap)  # such values bring nobody so far
        return float(gap @ weight @ gap)

    at = _minimise(distance, knobs)
    slopes = np.stack([_slope(moments, at, i, knobs) for i in range(len(knobs))], axis=1)
    use = np.all(np.isfinite(slopes), axis=1) & np.isfinite(moments(at))
    told = np.asarray(np.linalg.inv(errors[np.ix_(use, use)]), np.float64)
    best = _Best(at, np.asarray(slopes[use], np.float64), told, _inflation(world), distance(at))
    matched = tuple(zip(names, observed.tolist(), moments(at).tolist(), strict=True))
    return _results(world, knobs, best, matched)


class _Best(NamedTuple):
    at: Floats
    slopes: Floats
    weight: Floats
    inflation: float
    distance: float


def _inflation(world: World) -> float:
    return 1.0 + len(world.log.customers) / world.luck.people


def _minimise(distance: Callable[[At], float], knobs: Sequence[Knob]) -> Floats:
    from scipy.optimize import minimize, minimize_scalar

    if len(knobs) == 1:
        low, high = knobs[0].bounds
        best = minimize_scalar(
            lambda v: distance([v]), bounds=(low, high), method="bounded",
            options={"xatol": 2e-3 * (high - low)},
        )  # fmt: skip
        return np.array([float(best.x)])
    units = np.array([_STEPS[knob.kind] for knob in knobs])  # of like size for the search
    bounds = [
        (k.bounds[0] / u, k.bounds[1] / u) for k, u in zip(knobs, units.tolist(), strict=True)
    ]
    begin = [min(max(k.before, k.bounds[0]), k.bounds[1]) for k in knobs]
    start: Floats = np.array(begin, np.float64) / units
    corners = [start]
    for i, (_, high) in enumerate(bounds):
        corner = start.copy()
        corner[i] += 3.0 if corner[i] + 3.0 <= high else -3.0
        corners.append(corner)
    options: Any = {
        "initial_simplex": np.array(corners), "xatol": 0.03, "fatol": 0.02, "maxfev": 90
    }  # fmt: skip

    def scaled(at: Floats) -> float:
        return distance(np.asarray(at * units))

    found = minimize(scaled, start, method="Nelder-Mead", bounds=bounds, options=options)
    return np.asarray(found.x * units, float)


def _slope(moments: Callable[[At], Floats], at: Floats, i: int, knobs: Sequence[Knob]) -> Floats:
    step, (low, high) = _STEPS[knobs[i].kind], knobs[i].bounds
    up, down = at.copy(), at.copy()
    up[i], down[i] = min(at[i] + step, high), max(at[i] - step, low)
    slope: Floats = (moments(up) - moments(down)) / float(up[i] - down[i])
    return slope


def _results(
    world: World, knobs: Sequence[Knob], best: _Best, matched: tuple[tuple[str, float, float], ...]
) -> list[Refined]:
    from scipy.stats import chi2

    information = best.slopes.T @ best.weight @ best.slopes
    singular = len(best.slopes) < len(knobs) or np.linalg.cond(information) > 1e10
    spread = np.full(len(knobs), math.inf)
    if not singular:
        spread = np.sqrt(best.inflation * np.diag(np.linalg.inv(information)))
    free = len(best.slopes) - len(knobs)
    misfit = float(chi2.sf(best.distance / best.inflation, free)) if free > 0 else None
    results = []
    for knob, found, error in zip(knobs, best.at.tolist(), spread.tolist(), strict=True):
        mine = tuple(row for row in matched if _about(knob, row[0], world))
        if not error < _WORST[knob.kind]:
            why = "the log's moments hardly move with it: its standard error would be "
            why += f"{error:.2g}" if math.isfinite(error) else "without bound"
            results.append(
                Refined(knob.path, knob.before, None, None, None, None, mine, misfit, why)
            )
            continue
        value = float(f"{found:.4g}")
        low, high = max(value - Z * error, knob.bounds[0]), min(value + Z * error, knob.bounds[1])
        results.append(
            Refined(
                knob.path,
                knob.before,
                value,
                error,
                low,
                high,
                mine,
                misfit,
                _doubt(knob, value, misfit),
            )
        )
    return results


def _doubt(knob: Knob, value: float, misfit: float | None) -> str:
    low, high = knob.bounds
    if not low + 0.01 < value < high - (0.01 if knob.kind == "trust" else -1.0):
        return "the best value lies at the end of the range searched"
    if misfit is not None and misfit < 0.001:
        return "no value reproduces all of its moments; the journey may work otherwise"
    return ""
