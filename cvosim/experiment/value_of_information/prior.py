"""What is believed of an effect before the test: a normal law, perhaps with a spike at none."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cvosim.errors import CvosimError
from cvosim.tables.columns import Floats


@dataclass(frozen=True)
class Prior:
    """Mixture of normal laws of the effect per customer; a deviation of 0 is a spike.

    Attributes
    ----------
    weights, means, sds : tuple of float
        Of the parts.

    Raises
    ------
    CvosimError
        If weights are none or do not sum to 1, or a deviation is below 0.

    Examples
    --------
    >>> prior = Prior.spike_and_slab(0.75, 0.0, 2.0)
    >>> prior.mean, prior.sd
    (0.0, 1.0)
    """

    weights: tuple[float, ...]
    means: tuple[float, ...]
    sds: tuple[float, ...]

    def __post_init__(self) -> None:
        if not len(self.weights) == len(self.means) == len(self.sds) > 0:
            raise CvosimError("prior: needs a weight, a mean and an sd for each part")
        if not all(0.0 <= w <= 1.0 for w in self.weights) or abs(sum(self.weights) - 1.0) > 1e-9:
            raise CvosimError(f"prior: weights must sum to 1 (got {self.weights})")
        if not all(math.isfinite(mean) for mean in self.means):
            raise CvosimError(f"prior: means must be finite (got {self.means})")
        if not all(0.0 <= sd < math.inf for sd in self.sds):
            raise CvosimError(f"prior: an sd must be 0 or more (got {self.sds})")

    @classmethod
    def normal(cls, mean: float, sd: float) -> Prior:
        """One normal law."""
        return cls((1.0,), (mean,), (sd,))

    @classmethod
    def spike_and_slab(cls, null: float, mean: float, sd: float) -> Prior:
        """Nothing with probability ``null``, else a normal law (Mitchell & Beauchamp 1988)."""
        if not 0.0 <= null < 1.0:
            raise CvosimError(
                f"null: the part that does nothing must be from 0 to below 1 (got {null:g})"
            )
        return (
            cls.normal(mean, sd) if null == 0.0 else cls((null, 1.0 - null), (0.0, mean), (0.0, sd))
        )

    @classmethod
    def of_past(
        cls, estimates: Sequence[float], errors: Sequence[float], *, spike: bool = False
    ) -> Prior:
        """Law of the true effects behind past tests.

        A normal law by moments: the precision-weighted mean, and the variance beyond what the
        errors explain (DerSimonian & Laird 1986, eq. 8). With a spike, by maximum likelihood,
        which the EM algorithm climbs to (Dempster, Laird & Rubin 1977, section 4.3).

        Parameters
        ----------
        estimates, errors : sequence of float
            Of each test, with their standard errors; all tests run, not only those that won.
        spike : bool
            Whether some of the changes may have done nothing at all.

        Raises
        ------
        CvosimError
            If there are fewer than three, or an error is not above 0.

        Examples
        --------
        >>> prior = Prior.of_past([0.5, -0.2, 0.1, 0.9], [0.2, 0.2, 0.2, 0.2])
        >>> round(prior.mean, 3), round(prior.sd, 3)
        (0.325, 0.435)
        """
        values, noise = np.asarray(estimates, np.float64), np.asarray(errors, np.float64)
        if values.shape != noise.shape or len(values) < 3 or not (noise > 0.0).all():
            raise CvosimError("past tests: needs three or more, each with a standard error above 0")
        trust = 1.0 / noise**2
        mean = float(trust @ values / trust.sum())
        q = float(trust @ (values - mean) ** 2)
        free = float(trust.sum() - (trust @ trust) / trust.sum())
        sd = math.sqrt(max(0.0, (q - (len(values) - 1)) / free))
        if not spike or sd == 0.0:
            return cls.normal(mean, sd)
        return cls.spike_and_slab(*_climbed(values, noise**2, (mean, sd)))

    @property
    def mean(self) -> float:
        """Expected effect."""
        return math.fsum(w * m for w, m in zip(self.weights, self.means, strict=True))

    @property
    def sd(self) -> float:
        """Standard deviation of effects."""
        parts = zip(self.weights, self.means, self.sds, strict=True)
        square = math.fsum(w * (s * s + (m - self.mean) ** 2) for w, m, s in parts)
        return math.sqrt(max(square, 0.0))

    @property
    def gain(self) -> float:
        """Chance that the effect is above 0."""
        from scipy.special import ndtr

        return math.fsum(
            w * (float(ndtr(m / s)) if s > 0.0 else float(m > 0.0))
            for w, m, s in zip(self.weights, self.means, self.sds, strict=True)
        )

    def posterior_mean(self, estimate: Floats, variance: Floats) -> Floats:
        """Expected effect after an estimate with this error variance.

        Parameters
        ----------
        estimate, variance : ndarray of float64, shape (...)

        Returns
        -------
        ndarray of float64, shape (...)
            Parts' posterior means, weighted by how well each explains the estimate.

        Examples
        --------
        >>> Prior.normal(0.0, 1.0).posterior_mean(np.array([1.0]), np.array([1.0]))
        array([0.5])
        """
        w, m, s = (np.array(part) for part in (self.weights, self.means, self.sds))
        y, v = estimate[..., None], variance[..., None]
        both = s**2 + v
        with np.errstate(divide="ignore"):
            fit = np.log(w) - 0.5 * np.log(both) - 0.5 * (y - m) ** 2 / both
        part = np.exp(fit - fit.max(axis=-1, keepdims=True))
        centre = m + s**2 / both * (y - m)
        return np.asarray((part * centre).sum(axis=-1) / part.sum(axis=-1))

    def threshold(self, least: Floats, variance: Floats) -> Floats:
        """Estimate above which the expected effect is above ``least``; infinite for none or all.

        The posterior mean rises with the estimate: its slope is the posterior variance over the
        error variance (Robbins 1956; Efron 2011, eq. 2.8, derived once more).

        Parameters
        ----------
        least, variance : ndarray of float64, shape (...)

        Returns
        -------
        ndarray of float64, shape (...)
        """
        wide = 40.0 * np.sqrt(max(self.sds) ** 2 + variance)
        middle = 0.5 * (max(self.means) + min(self.means))
        span = max(self.means) - min(self.means)
        # however doubtful, an estimate far enough out outweighs the rest
        bottom, top = middle - span - wide, middle + span + wide
        low, high = bottom, top
        for _ in range(80):
            half = 0.5 * (low + high)
            above = self.posterior_mean(half, variance) > least
            low, high = np.where(above, low, half), np.where(above, half, high)
        never = self.posterior_mean(top, variance) <= least
        always = self.posterior_mean(bottom, variance) > least
        found = 0.5 * (low + high)
        found = np.where(np.abs(found) < 1e-12 * wide, 0.0, found)  # bisection's last digits
        return np.where(never, np.inf, np.where(always, -np.inf, found))

    def above(self, bound: Floats, variance: Floats) -> tuple[Floats, Floats]:
        """Chance that the estimate comes out above a bound, and expected effect times that event.

        For an effect N(m, s²) and an estimate with error variance v, with S² = s² + v and
        u = (bound - m) / S: P = 1 - Φ(u), and E[effect; above] = m P + s²/S φ(u) (Raiffa &
        Schlaifer 1961, section 5.4, before the loss integral of section 11.2 is formed).

        Parameters
        ----------
        bound, variance : ndarray of float64, shape (...)

        Returns
        -------
        chance, effect : ndarray of float64, shape (...)
        """
        from scipy.special import ndtr

        w, m, s = (np.array(part) for part in (self.weights, self.means, self.sds))
        spread = np.sqrt(s**2 + variance[..., None])
        flat = spread == 0.0
        with np.errstate(invalid="ignore", divide="ignore"):
            u = (bound[..., None] - m) / np.where(flat, 1.0, spread)
            u = np.where(flat, np.where(bound[..., None] < m, -np.inf, np.inf), u)
            density = np.exp(-0.5 * u**2) / math.sqrt(2.0 * math.pi)
        chance = ndtr(-u)
        effect = m * chance + np.where(flat, 0.0, s**2 / np.where(flat, 1.0, spread)) * density
        return np.asarray((w * chance).sum(axis=-1)), np.asarray((w * effect).sum(axis=-1))


STEPS = 2000
"""Steps of the EM algorithm, which takes about a tenth of them."""


def _climbed(
    values: Floats, noise: Floats, start: tuple[float, float]
) -> tuple[float, float, float]:
    """Part of null effects, mean and sd of the others, of the highest likelihood."""
    null, (mean, sd) = 0.5, start
    for _ in range(STEPS):
        both = sd**2 + noise
        slab = np.log1p(-null) - 0.5 * (np.log(both) + (values - mean) ** 2 / both)
        none = np.log(null) - 0.5 * (np.log(noise) + values**2 / noise)
        part = 1.0 / (1.0 + np.exp(np.clip(none - slab, -700.0, 700.0)))
        centre = mean + sd**2 / both * (values - mean)
        new_null = min(max(1.0 - float(part.mean()), 1e-9), 1.0 - 1e-9)
        new_mean = float(part @ centre / part.sum())
        square = float(part @ (sd**2 * noise / both + (centre - new_mean) ** 2) / part.sum())
        moved = abs(new_null - null) + abs(new_mean - mean) + abs(math.sqrt(square) - sd)
        null, mean, sd = new_null, new_mean, math.sqrt(square)
        if moved < 1e-10:
            break
    return (0.0 if null < 1e-6 else null), mean, sd
