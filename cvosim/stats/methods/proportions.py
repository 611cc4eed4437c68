"""Two proportions: intervals and tests, of one experiment or of thousands at once."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import numpy as np

from cvosim.errors import DataError
from cvosim.stats.contrast import ALTERNATIVES, Alternative
from cvosim.tables.columns import Floats

ExactTest = Literal["fisher", "barnard", "boschloo"]
Exact = Literal["auto", "never", "fisher", "barnard", "boschloo"]
EXACT: tuple[Exact, ...] = ("auto", "never", "fisher", "barnard", "boschloo")

SMALL = 5.0
"""Expected count below which the normal law is not trusted (Cochran 1954)."""
SEARCHABLE = 40_000
"""Product of the arms' sizes up to which Barnard's and Boschloo's tests take under a second."""
_TITLES = {"fisher": "Fisher's", "barnard": "Barnard's", "boschloo": "Boschloo's"}


class Counts(NamedTuple):
    """Units that did it and units in all; scalars, or arrays with one element a replication."""

    successes: Floats
    n: Floats

    @property
    def share(self) -> Floats:
        """Successes over units."""
        with np.errstate(divide="ignore", invalid="ignore"):
            found: Floats = np.asarray(self.successes / self.n)
        return found


class Interval(NamedTuple):
    """An estimate and the ends of its interval, each of shape (...)."""

    estimate: Floats
    low: Floats
    high: Floats


class ProportionContrast(NamedTuple):
    """Two proportions compared; the interval is Newcombe's whatever the test is."""

    control: float
    treatment: float
    difference: float
    low: float
    high: float
    p_value: float
    method: str


def counts(successes: Any, n: Any) -> Counts:
    """Checked counts.

    Raises
    ------
    DataError
        If there are more successes than units, less than none, or no units at all.

    Examples
    --------
    >>> float(counts(120, 1000).share)
    0.12
    """
    found = Counts(np.asarray(successes, np.float64), np.asarray(n, np.float64))
    if np.any(found.n < 1) or not np.all(np.isfinite(found.n)):
        raise DataError("a proportion needs at least one unit in each arm")
    if not np.all((found.successes >= 0) & (found.successes <= found.n)):
        wrong = np.broadcast_to(found.successes, np.broadcast(*found).shape)
        bad = wrong[~((wrong >= 0) & (wrong <= found.n))].flat[0]
        raise DataError(f"successes must be from 0 to the number of units (got {bad:g})")
    return found


def wilson(of: Counts, level: float = 0.95) -> Interval:
    """Score interval of a proportion (Wilson 1927; Newcombe 1998a, method 3).

    The ends are ``(2 n p + z**2 -/+ z sqrt(z**2 + 4 n p (1 - p))) / (2 (n + z**2))``; ``level``
    is two-sided.

    Examples
    --------
    >>> _, low, high = wilson(counts(10, 100))
    >>> round(float(low), 6), round(float(high), 6)
    (0.055229, 0.174366)
    """
    z, p, n = _z(0.5 + level / 2.0), of.share, of.n
    centre, reach = 2.0 * n * p + z * z, z * np.sqrt(z * z + 4.0 * n * p * (1.0 - p))
    scale = 2.0 * (n + z * z)
    low, high = (centre - reach) / scale, (centre + reach) / scale
    # rounding must not leave an end on the wrong side of none or all
    return Interval(p, np.where(p <= 0.0, 0.0, low), np.where(p >= 1.0, 1.0, high))


def newcombe(
    control: Counts, treatment: Counts, level: float = 0.95, alternative: Alternative = "two-sided"
) -> Interval:
    """Interval of the difference of proportions from the arms' Wilson intervals.

    Hybrid score method without continuity correction (Newcombe 1998b, method 10): with Wilson
    ends ``l, u`` of each arm, ``d - sqrt((pt - lt)**2 + (uc - pc)**2)`` and
    ``d + sqrt((ut - pt)**2 + (pc - lc)**2)``. It stays within -1 and 1 and holds for rare events,
    where the normal interval fails. For a one-sided question one end is infinite.

    Examples
    --------
    >>> found = newcombe(counts(100, 1000), counts(120, 1000))
    >>> [round(float(x), 10) for x in found]
    [0.02, -0.0074921675, 0.0475506675]
    """
    both = level if alternative == "two-sided" else 2.0 * level - 1.0
    c, t = wilson(control, both), wilson(treatment, both)
    difference = t.estimate - c.estimate
    low = difference - np.hypot(t.estimate - t.low, c.high - c.estimate)
    high = difference + np.hypot(t.high - t.estimate, c.estimate - c.low)
    if alternative == "greater":
        high = np.full_like(difference, np.inf)
    elif alternative == "less":
        low = np.full_like(difference, -np.inf)
    return Interval(difference, low, high)


def pooled_z(control: Counts, treatment: Counts) -> Floats:
    """Test statistic of equal proportions, standard normal if they are (Pearson 1900).

    ``(pt - pc) / sqrt(p (1 - p) (1/nc + 1/nt))`` with the pooled ``p``; its square is the
    chi-squared of the table of two by two. 0 where nobody or everybody in both arms did it.

    Examples
    --------
    >>> round(float(pooled_z(counts(100, 1000), counts(120, 1000))), 10)
    1.4293008498
    """
    pooled = (control.successes + treatment.successes) / (control.n + treatment.n)
    error = np.sqrt(pooled * (1.0 - pooled) * (1.0 / control.n + 1.0 / treatment.n))
    apart = treatment.share - control.share
    found: Floats = np.where(error > 0.0, apart / np.where(error > 0.0, error, 1.0), 0.0)
    return found


def z_tails(control: Counts, treatment: Counts) -> tuple[Floats, Floats]:
    """One-sided p-values of the pooled z test: for treatment above control, and below."""
    from scipy.special import ndtr

    z = pooled_z(control, treatment)
    return ndtr(-z), ndtr(z)


def exact_p_value(
    control: Counts, treatment: Counts, test: ExactTest, alternative: Alternative = "two-sided"
) -> Floats:
    """P-values of an exact test through scipy; each different table is tested once.

    Fisher's test (1935) conditions on the number of successes, and so is fast at any size and
    conservative. Barnard's (1945) and Boschloo's (1970) don't, and search the common proportion:
    slow above `SEARCHABLE`. Boschloo's is never less powerful than Fisher's.

    Returns
    -------
    ndarray of float64, shape (...)

    Examples
    --------
    >>> round(float(exact_p_value(counts(7, 50), counts(1, 50), "fisher")), 7)
    0.0594461
    """
    from scipy import stats

    run: Any = getattr(stats, f"{test}_exact")
    parts = np.broadcast_arrays(*treatment, *control)
    rows, where = np.unique(
        np.stack([part.ravel() for part in parts], axis=-1).astype(np.int64),
        axis=0, return_inverse=True,
    )  # fmt: skip
    p_values = [
        float(run([[x, y], [n - x, m - y]], alternative=alternative).pvalue) for x, n, y, m in rows
    ]
    found: Floats = np.minimum(p_values, 1.0)[where.ravel()].reshape(parts[0].shape)
    return found


def compare_proportions(
    control: tuple[float, float],
    treatment: tuple[float, float],
    *,
    level: float = 0.95,
    alternative: Alternative = "two-sided",
    exact: Exact = "auto",
) -> ProportionContrast:
    """Compare the proportions of two arms.

    Parameters
    ----------
    control, treatment : (successes, units)
    level : float
    alternative : {"two-sided", "greater", "less"}
        Of treatment against control.
    exact : {"auto", "never", "fisher", "barnard", "boschloo"}
        Which exact test replaces the pooled z test. ``auto``: none where all four expected counts
        are at least 5; otherwise Boschloo's, or Fisher's where Boschloo's would be slow.

    Returns
    -------
    ProportionContrast
        The interval is Newcombe's. Near its limit it may not agree with the test, which asks
        another question: how likely the data are if the arms are equal.

    Raises
    ------
    DataError
        If counts are impossible or a name is not known.

    Examples
    --------
    >>> found = compare_proportions((100, 1000), (120, 1000))
    >>> round(found.p_value, 10), found.method
    (0.1529177819, 'pooled z test, Newcombe interval')
    >>> compare_proportions((7, 50), (1, 50)).method
    "Boschloo's exact test, Newcombe interval"
    """
    if exact not in EXACT:
        raise DataError(f"unknown exact test {exact!r}; known: {', '.join(EXACT)}")
    if alternative not in ALTERNATIVES:
        known = ", ".join(ALTERNATIVES)
        raise DataError(f"unknown alternative {alternative!r}; known: {known}")
    c, t = counts(*control), counts(*treatment)
    test = _suited(c, t) if exact == "auto" else None if exact == "never" else exact
    if test is None:
        above, below = z_tails(c, t)
        either = np.minimum(1.0, 2.0 * np.minimum(above, below))
        p_value = {"two-sided": either, "greater": above, "less": below}[alternative]
        name = "pooled z test"
    else:
        p_value = exact_p_value(c, t, test, alternative)
        name = f"{_TITLES[test]} exact test"
    interval = newcombe(c, t, level, alternative)
    difference, low, high = (float(part) for part in interval)
    return ProportionContrast(
        float(c.share), float(t.share), difference, low, high, float(p_value),
        f"{name}, Newcombe interval",
    )  # fmt: skip


def _suited(control: Counts, treatment: Counts) -> ExactTest | None:
    """Which exact test counts are so small as to need."""
    total = float(control.n + treatment.n)
    done = float(control.successes + treatment.successes)
    fewest = min(done, total - done) * min(float(control.n), float(treatment.n)) / total
    if fewest >= SMALL:
        return None
    return "boschloo" if float(control.n * treatment.n) <= SEARCHABLE else "fisher"


def _z(probability: float) -> float:
    """Quantile of the standard normal law."""
    from scipy.special import ndtri

    return float(ndtri(probability))
