"""Several comparisons at once: p-values adjusted for their number.

The family is the user's to name: everything that could have been called a success.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvosim.errors import DataError
from cvosim.tables.columns import Floats

Correction = Literal["holm", "bh", "bonferroni", "none"]
CORRECTIONS: dict[Correction, str] = {
    "holm": "Holm",
    "bh": "Benjamini-Hochberg",
    "bonferroni": "Bonferroni",
    "none": "no correction",
}


class Adjusted(NamedTuple):
    """P-values of a family, corrected for their number.

    Attributes
    ----------
    p_values, adjusted : ndarray of float64, shape (..., m)
        Before and after; NaN where a comparison had none.
    rejected : ndarray of bool, shape (..., m)
        Whether the adjusted one is at most the error allowed.
    family : ndarray of int64, shape (...)
        Comparisons with a p-value: what was corrected for.
    method : str
    error : float
        Family-wise error (Holm, Bonferroni), or false discovery rate (Benjamini-Hochberg).
    """

    p_values: Floats
    adjusted: Floats
    rejected: NDArray[np.bool_]
    family: NDArray[np.int64]
    method: Correction
    error: float

    @property
    def words(self) -> str:
        """Say what was done, of one family."""
        if self.method == "none":
            return "not corrected for several comparisons"
        return f"{CORRECTIONS[self.method]} over {int(self.family)} comparisons"


def adjust(p_values: Floats, method: Correction = "holm", error: float = 0.05) -> Adjusted:
    """Correct p-values for being several.

    Parameters
    ----------
    p_values : array of float, shape (..., m)
        The family along the last axis; NaN stays NaN and does not count.
    method : {"holm", "bh", "bonferroni", "none"}
        Holm (1979) holds the chance of any false alarm, as Bonferroni does, and is never weaker;
        Benjamini & Hochberg (1995) hold the expected share of false alarms among alarms, with
        independent or positively dependent tests (Benjamini & Yekutieli 2001).
    error : float
        Error allowed.

    Raises
    ------
    DataError
        If a p-value is outside 0..1 or the method is unknown.

    Examples
    --------
    >>> found = adjust(np.array([0.01, 0.04, np.nan, 0.03]))
    >>> found.adjusted.round(4).tolist(), found.words
    ([0.03, 0.06, nan, 0.06], 'Holm over 3 comparisons')
    """
    p = np.asarray(p_values, np.float64)
    if method not in CORRECTIONS:
        raise DataError(f'unknown correction "{method}"; there are {", ".join(CORRECTIONS)}')
    if np.any((p < 0.0) | (p > 1.0)):
        worst = p[(p < 0.0) | (p > 1.0)].flat[0]
        raise DataError(f"a p-value is {worst:g}; it must be between 0 and 1")
    order = np.argsort(p, axis=-1, kind="stable")  # NaN last
    ranked = np.take_along_axis(p, order, axis=-1)
    family = np.sum(~np.isnan(p), axis=-1)
    m, rank = family[..., None], np.arange(1, p.shape[-1] + 1)
    if method == "holm":
        steps = np.fmax.accumulate(ranked * (m - rank + 1), axis=-1)
    elif method == "bh":
        steps = np.fmin.accumulate((ranked * m / rank)[..., ::-1], axis=-1)[..., ::-1]
    else:
        steps = ranked * (m if method == "bonferroni" else 1)
    steps = np.where(np.isnan(ranked), np.nan, np.minimum(steps, 1.0))
    adjusted = np.empty_like(p)
    np.put_along_axis(adjusted, order, steps, axis=-1)
    return Adjusted(p, adjusted, adjusted <= error, np.asarray(family), method, error)
