"""How fast a test may spend its error rate: the spending functions of Lan & DeMets (1983)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

import numpy as np

from cvosim.errors import CvosimError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from cvosim.tables.columns import Floats


def _obrien_fleming(t: Floats, alpha: float, _: float) -> Floats:
    from scipy.special import ndtr, ndtri

    # at t = 0 the quotient is infinite and nothing is spent
    with np.errstate(divide="ignore"):
        return np.asarray(2.0 * ndtr(ndtri(alpha / 2.0) / np.sqrt(t)))


def _pocock(t: Floats, alpha: float, _: float) -> Floats:
    return alpha * np.log1p((math.e - 1.0) * t)


def _hwang_shih_decani(t: Floats, alpha: float, gamma: float) -> Floats:
    if gamma == 0.0:
        return alpha * t  # the limit
    return np.asarray(alpha * np.expm1(-gamma * t) / math.expm1(-gamma))


def _power(t: Floats, alpha: float, rho: float) -> Floats:
    return np.asarray(alpha * t**rho)


_FAMILIES: dict[str, Callable[[Floats, float, float], Floats]] = {
    "obrien_fleming": _obrien_fleming,
    "pocock": _pocock,
    "hwang_shih_decani": _hwang_shih_decani,
    "power": _power,
}
_USUAL = {"hwang_shih_decani": -4.0, "power": 2.0}
"""Parameters taken if none is given; the families not here have none."""

SPENDING = tuple(_FAMILIES)
"""Names of the spending functions."""


@dataclass(frozen=True)
class Spending:
    """A rule by which an error rate is spent as information comes in.

    Attributes
    ----------
    kind : str
        Of `SPENDING`. With one-sided error rate α and information fraction t:
        ``obrien_fleming``: 2 (1 − Φ(z_{α/2} / √t)), stingy early (Lan & DeMets, 1983,
        Biometrika 70:659-663); ``pocock``: α ln(1 + (e − 1) t), generous early (the same);
        ``hwang_shih_decani``: α (1 − e^{−γt}) / (1 − e^{−γ}) (Hwang, Shih & De Cani, 1990,
        Statistics in Medicine 9:1439-1445); ``power``: α t^ρ (Kim & DeMets, 1987, Biometrika
        74:149-154).
    parameter : float, optional
        γ of ``hwang_shih_decani`` (−4 if left out), ρ > 0 of ``power`` (2 if left out). The
        other two have none.

    Raises
    ------
    CvosimError
        If there is no such function, or it has no such parameter.

    Examples
    --------
    >>> Spending("obrien_fleming").spent([0.2, 0.4, 0.6, 0.8, 1.0], alpha=0.025).round(6)
    array([1.0000e-06, 3.9400e-04, 3.8080e-03, 1.2212e-02, 2.5000e-02])
    >>> Spending("power", 3.0).spent(0.5, alpha=0.05)
    array(0.00625)
    """

    kind: str
    parameter: float | None = None

    def __post_init__(self) -> None:
        if self.kind not in _FAMILIES:
            near = get_close_matches(str(self.kind), SPENDING, n=1, cutoff=0.5)
            hint = f'did you mean "{near[0]}"?' if near else f"choose from {', '.join(SPENDING)}"
            raise CvosimError(f'spending: there is no spending function "{self.kind}"; {hint}')
        if self.kind not in _USUAL:
            if self.parameter is not None:
                raise CvosimError(f"spending: {self.kind} has no parameter (got {self.parameter})")
            return
        value = _USUAL[self.kind] if self.parameter is None else float(self.parameter)
        if not math.isfinite(value) or (self.kind == "power" and value <= 0.0):
            wanted = "above 0" if self.kind == "power" else "a number"
            raise CvosimError(f"spending: the parameter of {self.kind} must be {wanted} ({value})")
        object.__setattr__(self, "parameter", value)

    def __str__(self) -> str:
        return self.kind if self.parameter is None else f"{self.kind}({self.parameter:g})"

    def spent(self, fraction: ArrayLike, alpha: float) -> Floats:
        """Error rate spent by so much of the information.

        Parameters
        ----------
        fraction : array_like of float
            Information fractions; what is past 1 spends no more.
        alpha : float
            To be spent by the end, on one side.

        Returns
        -------
        ndarray of float64
            In the shape of `fraction`.
        """
        t = np.clip(np.asarray(fraction, np.float64), 0.0, 1.0)
        return _FAMILIES[self.kind](t, alpha, self.parameter or 0.0)

    def steps(self, fractions: Sequence[float], alpha: float) -> Floats:
        """Error rate each of some looks adds: float64[looks].

        These are probabilities to stop there and not before. The cumulative ones are no
        nominal levels: testing at a look with all that is spent so far spends it again.

        Examples
        --------
        >>> Spending("power", 1.0).steps((0.2, 0.5, 1.0), alpha=0.05)
        array([0.01 , 0.015, 0.025])
        """
        return np.diff(self.spent(fractions, alpha), prepend=0.0)


def spending_function(name: str | Spending) -> Spending:
    """Give a spending function by its name.

    Raises
    ------
    CvosimError
        If there is none of that name.

    Examples
    --------
    >>> spending_function("hwang_shih_decani")
    Spending(kind='hwang_shih_decani', parameter=-4.0)
    """
    return name if isinstance(name, Spending) else Spending(name)
