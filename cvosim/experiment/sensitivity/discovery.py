"""Scenario discovery: in which region of the factors does the plan lose money?

Boxes are found on one half of the points and judged on the other, which took no part in finding
them. Coverage, density and support are those of Bryant & Lempert (2010), Technological
Forecasting & Social Change 77, 34-49: of all losing points, the part within; of the points within,
the part that loses; of all points, the part within.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from cvosim.errors import DataError
from cvosim.experiment.sensitivity.boxes import (
    Cuts,
    Feature,
    Flags,
    Limit,
    boxes_of,
    features_of,
    inside,
    limits_of,
)
from cvosim.experiment.sensitivity.losing import Losing
from cvosim.experiment.sensitivity.luck import redrawn, shuffled
from cvosim.experiment.sensitivity.sample import Column, Sample
from cvosim.experiment.sensitivity.sections import Interval
from cvosim.metrics.estimate import number_or_none
from cvosim.tables.columns import Floats

ERROR_RATE = 0.05
"""Chance to claim any box where the factors have nothing to do with it."""
REDRAWS = 50
LEAST = 10
"""Points that a box must hold, in each half."""


@dataclass(frozen=True)
class Box:
    """A region in which the plan tends to lose, measured on held-out points.

    Attributes
    ----------
    limits : tuple of Limit
        All hold within the box.
    density, coverage, support : Interval
        With exact 95 % intervals of shares (Clopper & Pearson 1934). Only boxes with a small
        ``p_value`` are kept, so at weak effects the density of those flatters a little.
    p_value : float
        Chance that so many losing points fall within, were the factors without effect
        (hypergeometric, times the number of boxes that were tried: Bonferroni).
    repeated : tuple of float
        For each limit, the part of redrawn samples in which a box limits that factor on the same
        side too (Bryant & Lempert 2010, reproducibility).
    """

    limits: tuple[Limit, ...]
    density: Interval
    coverage: Interval
    support: Interval
    p_value: float
    repeated: tuple[float, ...]

    def text(self) -> str:
        """Write the limits in plain English."""
        return " and ".join(limit.text() for limit in self.limits)

    def clause(self) -> str:
        """Write the limits as part of a sentence, with verbs."""
        return " and ".join(limit.clause() for limit in self.limits)

    def to_dict(self) -> dict[str, object]:
        """Give a plain dictionary, ready for JSON."""
        return {
            "text": self.text(),
            "limits": [
                {**limit.to_dict(), "repeated": part}
                for limit, part in zip(self.limits, self.repeated, strict=True)
            ],
            "density": self.density.to_dict(),
            "coverage": self.coverage.to_dict(),
            "support": self.support.to_dict(),
            "p_value": self.p_value,
        }


@dataclass(frozen=True)
class Discovery:
    """Where a plan loses, as far as its points tell.

    Attributes
    ----------
    losing : Losing
        What losing means.
    sample : Sample
        Points at which the outcome is known.
    boxes : tuple of Box
        Those that the held-out points confirm, the one that covers most first.
    refuted : int
        Boxes that one half showed and the other did not confirm.
    share : Interval
        Part of all points that loses.
    unclear : float
        Part of all points so near the threshold that simulated luck may have put them on either
        side: within 1.96 standard errors; NaN where these are not known.
    missing : int
        Points without an outcome.
    reason : str
        Why there is no box; empty if there is one.
    """

    losing: Losing
    sample: Sample = field(repr=False)
    boxes: tuple[Box, ...]
    refuted: int
    share: Interval
    unclear: float
    missing: int
    reason: str

    def to_dict(self) -> dict[str, object]:
        """Give a plain dictionary, ready for JSON."""
        return {
            "losing": str(self.losing),
            "points": len(self.sample),
            "missing": self.missing,
            "share": self.share.to_dict(),
            "unclear": number_or_none(self.unclear),
            "boxes": [box.to_dict() for box in self.boxes],
            "refuted": self.refuted,
            "reason": self.reason,
        }


class _Halves(NamedTuple):
    """The points as a tree sees them, half to find boxes, half to judge them."""

    columns: Sequence[Column]
    features: Sequence[Feature]
    table: Floats
    bad: Flags
    found_on: np.ndarray[tuple[int], np.dtype[np.int64]]
    held_out: np.ndarray[tuple[int], np.dtype[np.int64]]


def discover(sample: Sample, losing: Losing | None = None, *, least: int = LEAST) -> Discovery:
    """Find the boxes of the factors in which an outcome is on the losing side of a threshold.

    Parameters
    ----------
    sample : Sample
        Points spread over the factors, such as `drawn` gives.
    losing : Losing, optional
        The outcome below 0 unless stated.
    least : int
        Points that a box must hold in either half.

    Returns
    -------
    Discovery
        With no box, and the reason, where none can be claimed: on points whose losses have
        nothing to do with the factors, one is claimed in at most 5 of 100 samples.

    Raises
    ------
    DataError
        If scikit-learn is missing, or the sample is of another outcome or too small.

    Examples
    --------
    >>> x = np.arange(200.0) / 200.0
    >>> drawn = Sample(("price",), ("lever",), tuple((v,) for v in x.tolist()), "clv", "USD", x - 0.3)
    >>> found = discover(drawn)
    >>> found.boxes[0].text(), found.boxes[0].density.value
    ('price below 0.297', 1.0)
    """  # noqa: E501
    losing = losing or Losing(sample.outcome, "<", 0.0)
    if losing.outcome != sample.outcome:
        raise DataError(f"losing: is about {losing.outcome}, the sample about {sample.outcome}")
    known = sample.known()
    if len(known) < 4 * least:
        raise DataError(
            f"discover: {len(known):,} points are too few; take at least {4 * least} (--points)"
        )
    bad = losing.holds(known.values)
    share = _share(int(bad.sum()), len(bad))
    unclear = _unclear(known, losing)
    found, tried, reason = _found(known, bad, least)
    missing = len(sample) - len(known)
    refuted = tried - len(found)
    return Discovery(losing, known, tuple(found), refuted, share, unclear, missing, reason)


def _unclear(sample: Sample, losing: Losing) -> float:
    if not np.isfinite(sample.errors).any():
        return math.nan
    errors = np.nan_to_num(sample.errors)
    return float(np.mean(np.abs(sample.values - losing.threshold) < 1.96 * errors))


def _found(sample: Sample, bad: Flags, least: int) -> tuple[list[Box], int, str]:
    """Boxes that hold on points of their own, how many were tried, and why there is none."""
    losses = int(bad.sum())
    if losses in (0, len(bad)):
        return [], 0, f"the plan loses at {'none' if not losses else 'all'} of the points"
    if min(losses, len(bad) - losses) < least:
        few, side = (losses, "loses") if losses < least else (len(bad) - losses, "does not lose")
        return [], 0, f"the plan {side} at only {few} of the points: too few to describe"
    columns = [sample.column(i) for i in range(len(sample.paths))]
    features, table = features_of(columns)
    order, half = shuffled(len(bad), sample.seed), (len(bad) + 1) // 2
    halves = _Halves(columns, features, table, bad, order[:half], order[half:])
    candidates = boxes_of(table[order[:half]], bad[order[:half]], least)
    if not candidates:
        return [], 0, "no region of the factors has losses enough to set it apart"
    judged = [_judged(cuts, halves, sample, len(candidates)) for cuts in candidates]
    kept = [box for box in judged if box.p_value <= ERROR_RATE]
    if not kept:
        return [], len(judged), "what one half of the points showed, the other did not confirm"
    again = _sides_again(halves, sample.paths, least, sample.seed)
    return [_with_repeats(box, again) for box in kept], len(judged), ""


def _judged(cuts: Cuts, halves: _Halves, sample: Sample, tried: int) -> Box:
    from scipy.stats import hypergeom

    within = inside(cuts, halves.table)[halves.held_out]
    bad = halves.bad[halves.held_out]
    both, held, losses = int((within & bad).sum()), int(within.sum()), int(bad.sum())
    chance = float(hypergeom.sf(both - 1, len(bad), losses, held))
    limits = limits_of(cuts, halves.features, halves.columns, sample.paths)
    return Box(
        limits, _share(both, held), _share(both, losses), _share(held, len(bad)),
        min(1.0, tried * chance), (),
    )  # fmt: skip


def _sides_again(
    halves: _Halves, paths: Sequence[str], least: int, seed: int
) -> list[set[tuple[object, ...]]]:
    """Which factors are limited on which side in redrawn samples of the half that found boxes."""
    table, bad = halves.table[halves.found_on], halves.bad[halves.found_on]
    found = []
    for rows in redrawn(len(bad), seed, REDRAWS):
        sides: set[tuple[object, ...]] = set()
        for cuts in boxes_of(table[rows], bad[rows], least):
            for limit in limits_of(cuts, halves.features, halves.columns, paths):
                sides |= _sides(limit)
        found.append(sides)
    return found


def _with_repeats(box: Box, again: list[set[tuple[object, ...]]]) -> Box:
    repeated = tuple(
        sum(_sides(limit) <= sides for sides in again) / len(again) for limit in box.limits
    )
    return replace(box, repeated=repeated)


def _sides(limit: Limit) -> set[tuple[object, ...]]:
    """What a limit limits: a factor from below or above, or to some of its words."""
    if limit.values:
        return {(limit.path, *limit.values)}
    ends = (("low", limit.low), ("high", limit.high))
    return {(limit.path, side) for side, end in ends if end is not None}


def _share(count: int, of: int) -> Interval:
    """Part with its exact 95 % interval (Clopper & Pearson 1934)."""
    if not of:
        return Interval(math.nan, math.nan, math.nan)
    from scipy.special import betaincinv

    low = 0.0 if count == 0 else float(betaincinv(count, of - count + 1, 0.025))
    high = 1.0 if count == of else float(betaincinv(count + 1, of - count, 0.975))
    return Interval(count / of, low, high)
