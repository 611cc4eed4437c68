"""Whether the arms got the shares of units that they were meant to get.

If not, units were lost or sent astray in one arm more than in another, and no comparison of the
arms can be trusted, however significant (Fabijan et al. 2019).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from cvosim.errors import DataError
from cvosim.tables.columns import Floats

THRESHOLD = 0.001
"""P-value below which a mismatch is called (Fabijan et al. 2019)."""
CONCENTRATION = 10_000.0
"""Units that the prior of the sequential test is worth: it looks for gaps of about a percent."""


class SampleRatio(NamedTuple):
    """Units in each arm against the design.

    Attributes
    ----------
    arms : tuple of str
    counts, expected : tuple of float
        Units found, and units that the design's shares would give.
    statistic, df : float
        Of Pearson's chi-square test.
    p_chi_square : float
    p_exact : float
        Of the exact binomial test; NaN unless there are two arms.
    threshold : float
        P-value below which it is a mismatch.
    """

    arms: tuple[str, ...]
    counts: tuple[float, ...]
    expected: tuple[float, ...]
    statistic: float
    df: int
    p_chi_square: float
    p_exact: float
    threshold: float

    @property
    def p_value(self) -> float:
        """The exact one, where there is one."""
        return self.p_chi_square if math.isnan(self.p_exact) else self.p_exact

    @property
    def mismatch(self) -> bool:
        """Whether the shares are not those of the design."""
        return self.p_value < self.threshold

    @property
    def words(self) -> str:
        """What was found, and what to do about it."""
        gaps = [
            found / meant - 1.0 for found, meant in zip(self.counts, self.expected, strict=True)
        ]
        worst = max(range(len(gaps)), key=lambda i: abs(gaps[i]))
        found = f"{self.arms[worst]} has {self.counts[worst]:,.0f} units"
        meant = f"{self.expected[worst]:,.0f} were expected ({100 * gaps[worst]:+.2f} %"
        told = f"{found}, {meant}, p = {self.p_value:.2g})"
        if not self.mismatch:
            fits = "as designed" if self.p_value >= 0.05 else "within chance of the design"
            return f"Sample ratio {fits}: {told}."
        return (
            f"Sample ratio mismatch: {told}. Do not trust the comparison. Look for units that are "
            "assigned but not counted (redirects, errors, filters, bots, late logging), in one arm "
            "more than in another, mend that and run again."
        )


def sample_ratio(
    counts: Sequence[float],
    shares: Sequence[float] | None = None,
    arms: Sequence[str] = (),
    threshold: float = THRESHOLD,
) -> SampleRatio:
    """Check once whether arms have the units that the design gives them.

    Pearson's chi-square (1900), and for two arms the exact binomial test, whose two-sided p-value
    adds up all outcomes that are not more probable than the one found.

    Parameters
    ----------
    counts : sequence of int
        Assigned units (not rows) in each arm.
    shares : sequence of float, optional
        Of each arm by design, in any unit; equal by default.
    arms : sequence of str, optional
        Their names, for messages.
    threshold : float
        P-value below which it is a mismatch.

    Raises
    ------
    DataError
        If there are fewer than two arms, a share is not above 0, or there are no units.

    Examples
    --------
    >>> found = sample_ratio([821_588, 815_482])
    >>> round(found.statistic, 6), found.mismatch
    (22.774369, True)
    >>> sample_ratio([510, 490], arms=["control", "new"]).words
    'Sample ratio as designed: control has 510 units, 500 were expected (+2.00 %, p = 0.55).'
    """
    from scipy.special import gammaincc
    from scipy.stats import binomtest

    found = np.asarray(counts, np.float64)
    part = _design(len(found), shares)
    total = found.sum()
    if not total > 0.0 or np.any(found < 0.0):
        raise DataError(f"units in arms are {list(counts)}: no sample ratio can be checked")
    expected = total * part
    statistic = float(np.sum((found - expected) ** 2 / expected))
    df = len(found) - 1
    exact = math.nan
    if len(found) == 2:
        exact = float(binomtest(int(found[0]), int(total), float(part[0])).pvalue)
    names = tuple(arms) or tuple(f"arm {number}" for number in range(len(found)))
    return SampleRatio(
        names, tuple(found.tolist()), tuple(expected.tolist()), statistic, df,
        float(gammaincc(df / 2.0, statistic / 2.0)), exact, threshold,
    )  # fmt: skip


def sequential_sample_ratio(
    counts: Floats, shares: Sequence[float] | None = None, concentration: float = CONCENTRATION
) -> Floats:
    """P-values of the sample ratio that may be looked at after every unit.

    The Bayes factor of a Dirichlet prior around the design against the design itself is a
    martingale with mean 1 while the design holds; one over its largest value so far is a p-value
    at all times (Lindon & Malek 2020, by Ville 1939).

    Parameters
    ----------
    counts : array of float, shape (..., looks, arms)
        Units in each arm so far, at each look.
    shares : sequence of float, optional
        Of each arm by design; equal by default.
    concentration : float
        Units that the prior around the design is worth: larger ones look for smaller gaps.

    Returns
    -------
    ndarray of float64, shape (..., looks)
        Never rising from look to look.

    Raises
    ------
    DataError
        If fewer than two arms, a share not above 0, or counts that fall between looks.

    Examples
    --------
    >>> looks = np.array([[500, 500], [1000, 1100], [1900, 2500]])
    >>> sequential_sample_ratio(looks).round(4).tolist()
    [1.0, 0.7276, 0.0]
    """
    from scipy.special import gammaln

    x = np.asarray(counts, np.float64)
    part = _design(x.shape[-1], shares)
    if np.any(np.diff(x, axis=-2) < 0.0) or np.any(x < 0.0):
        raise DataError("units in an arm fall from one look to the next; counts are those so far")
    if not concentration > 0.0:
        raise DataError(f"the concentration is {concentration:g}; it must be above 0")
    prior = concentration * part
    n = x.sum(axis=-1)
    gained = (gammaln(prior + x) - gammaln(prior) - x * np.log(part)).sum(axis=-1)
    evidence = gained - gammaln(concentration + n) + gammaln(concentration)
    found: Floats = np.exp(-np.maximum.accumulate(np.maximum(evidence, 0.0), axis=-1))
    return found


def _design(arms: int, shares: Sequence[float] | None) -> Floats:
    """Shares that add up to 1."""
    if arms < 2:
        raise DataError(f"a sample ratio needs at least 2 arms, not {arms}")
    part = np.ones(arms) if shares is None else np.asarray(shares, np.float64)
    if len(part) != arms:
        raise DataError(f"{len(part)} shares for {arms} arms; each arm needs one")
    if not np.all(part > 0.0) or not np.all(np.isfinite(part)):
        raise DataError(f"shares of arms are {part.tolist()}; each must be above 0")
    design: Floats = part / part.sum()
    return design
