"""What a split test says of segments, beside what is true of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cvosim.errors import DataError
from cvosim.experiment.insight.segment_result import (
    POLICIES,
    Claim,
    Policy,
    SegmentLab,
    SegmentTruth,
    Step,
)
from cvosim.experiment.insight.shrinkage import shrunk
from cvosim.tables.columns import Floats

if TYPE_CHECKING:
    from cvosim.experiment.pool import Pool
    from cvosim.scenario import Scenario

__all__ = [
    "POLICIES", "Claim", "Policy", "SegmentLab", "SegmentTest", "SegmentTruth", "Step",
    "segment_lab",
]  # fmt: skip

Progress = Callable[[int], None]

SCALES = (0.25, 0.5, 1.0, 2.0, 4.0)
"""Sizes of the test that are tried, relative to the one asked for."""

_Z, _Z80 = 1.959963984540054, 0.8416212335729143
_LEAST = 10
"""Customers of a segment below which a split test of it is none."""


class SegmentTest(NamedTuple):
    """The split test that is imagined.

    Attributes
    ----------
    metric : str
        An outcome of `cvosim.experiment.trials.outcomes`.
    units : int
        Customers, half of them with the change.
    replications : int
    follow_days : float or None
        Days that each is followed; to the horizon if None.
    """

    metric: str = "contribution"
    units: int = 20_000
    replications: int = 1000
    follow_days: float | None = None


def segment_lab(
    baseline: Scenario,
    variant: Scenario,
    *,
    test: SegmentTest | None = None,
    customers: int | None = None,
    seed: int | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> SegmentLab:
    """Find out what a split test can say of segments where the truth is known.

    The same customers meet both scenarios, so the true effect on every segment is known. Split
    tests are drawn from these customers, and everything that is usually said of segments after a
    test is said and scored: whose effect is significant, which segments look better, what
    shrinkage makes of it (`shrunk`), and what acting on it is worth.

    Parameters
    ----------
    baseline, variant : Scenario
        With the same segments.
    test : SegmentTest, optional
    customers, seed : int, optional
        The baseline's by default.
    threads : int, optional
        Never changes a number.
    progress : callable, optional
        Called with the number of customers done since the last call, both scenarios' anew.

    Raises
    ------
    DataError
        When there are fewer than two segments, or too few customers for a split test of each.
    CvosimError
        When the two scenarios cannot be compared.

    Examples
    --------
    >>> from cvosim.scenario import load_scenario
    >>> cheap = load_scenario("carpet_cleaning", ["name=Cheap", "journey.tripwire.price=19"])
    >>> lab = segment_lab(load_scenario("carpet_cleaning"), cheap, customers=4000,
    ...                   test=SegmentTest(units=2000, replications=50))
    >>> [segment.name for segment in lab.segments]
    ['pet_owners', 'households']
    >>> together = sum(segment.share * segment.effect for segment in lab.segments)
    >>> abs(together - lab.effect) < 1e-9
    True
    """
    from cvosim.experiment.trials.outcomes import outcomes

    test = test or SegmentTest()
    if test.replications < 2:
        raise DataError(f"replications: must be at least 2 (got {test.replications})")
    pool = outcomes(
        [baseline, variant], [test.metric], follow_days=test.follow_days, customers=customers,
        seed=seed, threads=threads, progress=progress,
    )  # fmt: skip
    seed = baseline.seed if seed is None else seed
    parts = _parts(pool, test)
    draws = [_drawn(name, values, len(pool), test, seed) for name, values in parts]
    at = SCALES.index(1.0)
    estimates = np.array([draw.difference[:, at] for draw in draws])
    errors = np.array([draw.standard_error[:, at] for draw in draws])
    better = shrunk(estimates, errors)
    segments = tuple(
        _segment(part, draw, (estimates[g], better[g]), len(pool))
        for g, (part, draw) in enumerate(zip(parts, draws, strict=True))
    )
    effect, error = _paired(pool.of(test.metric))
    count = baseline.customers if customers is None else customers
    return SegmentLab(
        baseline.name, variant.name, test.metric, baseline.currency, count, seed, test.units,
        test.replications, effect, error, segments,
        _policies(segments, estimates, errors, better), _needed_order(segments, parts),
        *_curves(segments, estimates),
    )  # fmt: skip


Part = tuple[str, Floats]


def _parts(pool: Pool, test: SegmentTest) -> list[Part]:
    """Values of each segment's customers, float64[arms, n]; segments of nobody are left out."""
    values = pool.of(test.metric)
    if np.isnan(values).any():
        raise DataError(f"{test.metric}: is unknown for some customers, so it has no mean")
    found = [(name, values[:, pool.segment == code]) for code, name in enumerate(pool.segments)]
    found = [(name, some) for name, some in found if some.shape[1] >= 2]
    if len(found) < 2:
        raise DataError(
            "fewer than two segments have customers to compare: state market.segments, or simulate "
            "more customers"
        )
    for name, some in found:
        fewest = test.units * min(SCALES) * some.shape[1] / len(pool)
        if fewest < _LEAST:
            least = math.ceil(_LEAST * len(pool) / (some.shape[1] * min(SCALES)))
            raise DataError(
                f"units: must be at least {least:,}, or too few of {name} are tested "
                f"(got {test.units:,})"
            )
    return found


class _Draws(NamedTuple):
    """Split tests of one segment: float64[replications, scales]."""

    units: tuple[int, ...]
    sizes: tuple[int, ...]
    difference: Floats
    standard_error: Floats


def _drawn(name: str, values: Floats, everybody: int, test: SegmentTest, seed: int) -> _Draws:
    """Draw tests from a segment; larger ones hold the smaller ones."""
    from cvosim.stats.contrast import welch
    from cvosim.stats.loops import Draw, replicated_moments
    from cvosim.stats.metric import Mean

    share = values.shape[1] / everybody
    units = tuple(round(scale * test.units) for scale in SCALES)
    sizes = tuple(round(size * share) for size in units)
    draw = Draw((0.5, 0.5), sizes, test.replications, seed, f"insight/segments/{name}")
    moments = replicated_moments(("y",), np.ascontiguousarray(values[:, :, None]), draw)
    arms = Mean("y").arms(moments[:, :, 0], moments[:, :, 1])
    with np.errstate(invalid="ignore"):  # a variance of 0 may be one of -1e-20 by rounding
        found = welch(arms.control, arms.treatment)
    # a test in which nobody buys says that nothing differs, and has no error
    return _Draws(units, sizes, found.difference, np.nan_to_num(found.standard_error, nan=0.0))


def _segment(part: Part, draw: _Draws, said: tuple[Floats, Floats], everybody: int) -> SegmentTruth:
    name, values = part
    effect, error = _paired(values)
    share = values.shape[1] / everybody
    raw, better = (float(np.sqrt(np.mean((one - effect) ** 2))) for one in said)
    ranges = [_middle(one) for one in said]
    claims = tuple(
        _claim((draw.units[k], size), effect, draw.difference[:, k], draw.standard_error[:, k])
        for k, size in enumerate(draw.sizes)
    )
    needed = _needed(effect, _unit_variance(values)) / share
    return SegmentTruth(
        name, share, values.shape[1], float(values[0].mean()), effect, error, needed, claims,
        raw, better, *ranges,
    )  # fmt: skip


def _middle(said: Floats) -> tuple[float, float]:
    """Where the middle 95 % of estimates lie."""
    low, high = np.quantile(said, (0.025, 0.975))
    return float(low), float(high)


def _paired(values: Floats) -> tuple[float, float]:
    """Mean of the individual effects and its error; of zero error where all are alike."""
    change = values[1] - values[0]
    return float(change.mean()), float(np.std(change, ddof=1)) / math.sqrt(len(change))


def _unit_variance(values: Floats) -> float:
    """Variance of the difference in a test of two halves, times the number of customers."""
    return 2.0 * float(np.var(values[0], ddof=1) + np.var(values[1], ddof=1))


def _needed(effect: float, variance: float) -> float:
    """Customers who show an effect in 80 % of tests at 5 %, two-sided (normal)."""
    return ((_Z + _Z80) / effect) ** 2 * variance if effect else math.inf


def _needed_order(segments: Sequence[SegmentTruth], parts: Sequence[Part]) -> float:
    """Customers who tell the best segment from the worst in 80 % of tests."""
    places = range(len(segments))
    best = max(places, key=lambda g: segments[g].effect)
    worst = min(places, key=lambda g: segments[g].effect)
    variance = sum(_unit_variance(parts[g][1]) / segments[g].share for g in (best, worst))
    return _needed(segments[best].effect - segments[worst].effect, variance)


def _claim(sizes: tuple[int, int], effect: float, said: Floats, error: Floats) -> Claim:
    seen = np.abs(said) > _Z * error
    seen &= error > 0.0
    right = np.sign(said) == np.sign(effect)
    count = int(seen.sum())
    return Claim(
        *sizes,
        float(np.mean(seen & right)),
        float(np.mean(~right[seen])) if count and effect else math.nan,
        float(np.mean(np.abs(said[seen]))) / abs(effect) if count and effect else math.nan,
        float(np.mean(np.sign(said) == -np.sign(effect))),
    )


def _policies(
    segments: Sequence[SegmentTruth], said: Floats, errors: Floats, better: Floats
) -> tuple[Policy, ...]:
    """Value of each policy per customer: what it truly gains, mean over the tests."""
    share = np.array([segment.share for segment in segments])[:, None]
    worth = share * np.array([segment.effect for segment in segments])[:, None]
    overall = (share * said).sum(axis=0)
    error = np.sqrt(((share * errors) ** 2).sum(axis=0))
    everywhere = np.ones(said.shape, np.bool_)
    treated = {
        "none": ~everywhere,
        "all": everywhere,
        "all if better": everywhere & (overall > _Z * error),
        "segments that look better": said > 0.0,
        "segments surely better": said > _Z * errors,
        "segments better after shrinkage": better > 0.0,
        "oracle": everywhere & (worth > 0.0),
    }
    found = []
    for name in POLICIES:
        values = (worth * treated[name]).sum(axis=0)
        reached = float((share * treated[name]).sum(axis=0).mean())
        spread = float(np.std(values, ddof=1)) if np.ptp(values) > 0.0 else 0.0
        monte_carlo = spread / math.sqrt(len(values))
        found.append(Policy(name, float(values.mean()), monte_carlo, reached))
    return tuple(found)


def _curves(
    segments: Sequence[SegmentTruth], said: Floats
) -> tuple[tuple[Step, ...], tuple[Step, ...]]:
    """Gain by share treated, best first (Radcliffe 2007): in the true order, in that of a test."""
    share = np.array([segment.share for segment in segments])
    worth = share * np.array([segment.effect for segment in segments])
    truly = np.argsort(-np.array([segment.effect for segment in segments]), kind="stable")
    treated = np.concatenate([[0.0], np.cumsum(share[truly])])
    gain = np.concatenate([[0.0], np.cumsum(worth[truly])])
    order = np.argsort(-said, axis=0, kind="stable").T
    nothing = np.zeros((len(order), 1))
    places = np.concatenate([nothing, np.cumsum(share[order], axis=1)], axis=1)
    gains = np.concatenate([nothing, np.cumsum(worth[order], axis=1)], axis=1)
    grid = np.linspace(0.0, 1.0, 21)
    mean = np.mean([np.interp(grid, x, y) for x, y in zip(places, gains, strict=True)], axis=0)
    oracle = tuple(Step(*map(float, point)) for point in zip(treated, gain, strict=True))
    tested = tuple(Step(*map(float, point)) for point in zip(grid, mean, strict=True))
    return oracle, tested
