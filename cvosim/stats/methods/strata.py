"""Post-stratification: arms are compared within strata, which are then weighed together.

Miratrix, Sekhon & Yu (2013): nearly as good as having assigned within the strata, if there are
many more units than strata.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from cvosim.errors import DataError
from cvosim.stats.contrast import Contrast, welch
from cvosim.stats.metric import Arms, MomentMetric
from cvosim.stats.moments import Moments
from cvosim.tables.columns import Floats


class PostStratified(NamedTuple):
    """A comparison over strata.

    Attributes
    ----------
    arms : Arms
        The metric in either arm, for what else is made of it: `contrast.log_lift`, a guardrail.
        Its adjustments say what stratification did.
    contrast : Contrast
        With degrees of freedom by Satterthwaite over the cells.
    weights : ndarray of float64, shape (..., strata)
        Shares of the strata among the units of both arms.
    variance_change : ndarray of float64, shape (...)
        Squared standard error over that without strata, less 1: -0.2 is a fifth saved.
    """

    arms: Arms
    contrast: Contrast
    weights: Floats
    variance_change: Floats


def post_stratified(
    moments: Moments, metric: MomentMetric, names: Sequence[str] = (), treatment: int = 1
) -> PostStratified:
    """Compare two arms in a metric, with strata weighed by their pooled shares.

    Means of columns are ``sum W_s mean_s`` and their covariances ``sum W_s**2 S_s / n_s``
    (Miratrix, Sekhon & Yu 2013, section 2); the metric is made of those, so that a ratio is one
    of post-stratified means, not a mean of the strata's ratios. For a mean it is the regression
    on treatment, strata and all their products with HC2 errors (Lin 2013).

    Parameters
    ----------
    moments : Moments, shape (..., strata, arms)
        Control is arm 0.
    metric : Mean, Ratio or any other of moments
    names : sequence of str, optional
        Of the strata, for messages.
    treatment : int
        Number of the arm to compare.

    Returns
    -------
    PostStratified
        NaN for replications with a cell of fewer than two units.

    Raises
    ------
    DataError
        If a cell of a single experiment has fewer than two units.

    Examples
    --------
    >>> from cvosim.stats.loops import group_moments
    >>> from cvosim.stats.metric import Mean
    >>> cell = np.array([0, 0, 1, 1, 2, 2, 2, 3, 3, 3], np.int32)
    >>> spend = np.array([1.0, 3.0, 2.0, 4.0, 10.0, 11.0, 12.0, 12.0, 13.0, 14.0])
    >>> flat = group_moments({"spend": spend}, cell, 4)
    >>> grid = Moments(flat.columns, *(part.reshape(2, 2, *part.shape[1:]) for part in
    ...     (flat.count, flat.mean, flat.scatter, flat.cube)))
    >>> found = post_stratified(grid, Mean("spend"))
    >>> round(float(found.contrast.difference), 6), found.arms.adjustments[0]
    (1.6, 'post-stratified by 2 strata: variance -95.0 %')
    """
    leading = (slice(None),) * (moments.count.ndim - 1)
    both = [moments[(*leading, arm)] for arm in (0, treatment)]
    _check(both, names)
    n = both[0].count + both[1].count
    weights = n / n.sum(axis=-1, keepdims=True)
    whole = [_weighed(cells, weights) for cells in both]
    arms = metric.arms(*whole)
    contrast = welch(arms.control, arms.treatment)._replace(df=_df(metric, both, whole, weights))
    plain = metric.arms(*(cells.merged(axis=-1 % cells.count.ndim) for cells in both))
    without = welch(plain.control, plain.treatment).standard_error
    with np.errstate(divide="ignore", invalid="ignore"):
        change = (contrast.standard_error / without) ** 2 - 1.0
    words = f"post-stratified by {n.shape[-1]} strata"
    if np.ndim(change) == 0:
        words += f": variance {100 * change:+.1f} %"
    arms = arms._replace(adjustments=(*arms.adjustments, words))
    return PostStratified(arms, contrast, weights, change)


def _check(both: list[Moments], names: Sequence[str]) -> None:
    """Refuse cells that say nothing about their variance."""
    if both[0].count.ndim > 1:
        return
    for arm, cells in zip(("control", "treatment"), both, strict=True):
        few = np.flatnonzero(cells.count < 2.0)
        if len(few):
            stratum = names[few[0]] if len(names) else f"number {few[0]}"
            raise DataError(
                f"stratum {stratum} has {cells.count[few[0]]:.0f} units in {arm}; each stratum "
                f"needs at least 2 in each arm ({len(few)} have fewer): merge it with others"
            )


def _weighed(cells: Moments, weights: Floats) -> Moments:
    """Moments whose mean, and whose mean's covariance, are those of the weighed strata.

    Third powers are not: nothing that a metric gives depends on them.
    """
    count = cells.count.sum(axis=-1)
    mean = (weights[..., None] * cells.mean).sum(axis=-2)
    with np.errstate(divide="ignore", invalid="ignore"):
        part = weights**2 / cells.count / np.where(cells.count > 1.0, cells.count - 1.0, np.nan)
    scatter = (part[..., None, None] * cells.scatter).sum(axis=-3)
    scatter = scatter * (count * (count - 1.0))[..., None, None]
    return Moments(cells.columns, count, mean, scatter, np.full_like(mean, np.nan))


def _df(metric: MomentMetric, both: list[Moments], whole: list[Moments], weights: Floats) -> Floats:
    """Satterthwaite (1946, eq. 17) over cells, whose values are linearised at the arm's means."""
    moved = []
    for cells, arm in zip(both, whole, strict=True):
        mean = np.broadcast_to(arm.mean[..., None, :], cells.mean.shape)
        moved.append(Moments(cells.columns, cells.count, mean, cells.scatter, cells.cube))
    arms = metric.arms(*moved)
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = [(weights**2 * arm.variance / arm.n, arm.n) for arm in arms[:2]]
        above = sum(np.sum(v, axis=-1) for v, _ in parts)
        # shares of the whole: squares of variances of huge values are no numbers
        shares = [(v / np.asarray(above)[..., None], n) for v, n in parts]
        below = sum(np.sum(share**2 / (n - 1.0), axis=-1) for share, n in shares)
        found: Floats = 1.0 / below
    return found
