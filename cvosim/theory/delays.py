"""The law of every delay, as partial moments and as masses on a lattice of times."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from cvosim.randomness.distributions import Distribution
from cvosim.theory.lattice import Lattice, on_points

Floats = NDArray[np.float64]


def fixed_value(kind: int, a: float, b: float) -> float | None:
    """Give the value of a distribution that has only one, else None.

    Examples
    --------
    >>> fixed_value(Distribution.FIXED, 3.0, 0.0), fixed_value(Distribution.UNIFORM, 1.0, 2.0)
    (3.0, None)
    """
    if kind == Distribution.FIXED:
        return a
    if kind == Distribution.UNIFORM:
        return a if a == b else None
    if kind == Distribution.LOGNORMAL:
        return a if a == 0.0 or b == 0.0 else None
    return 0.0 if a == 0.0 else None


def partial_moment(kind: int, a: float, b: float, x: Floats, order: int) -> Floats:
    """Compute ``E[D ** order; D <= x]`` of a delay ``D``.

    Parameters
    ----------
    kind : int
        A `Distribution` with a density.
    a, b : float
        Its parameters, as the plan stores them (days).
    x : array
        Days; negative values give 0.
    order : int
        0 gives the distribution function, 1 the partial mean, and so on.

    Returns
    -------
    array
        Days to the power ``order``, like ``x``.

    Notes
    -----
    Integrals of ``d ** order`` against the densities in Johnson, Kotz & Balakrishnan (1994),
    *Continuous Univariate Distributions* 1: lognormal (ch. 14), gamma (ch. 17, with the
    exponential as shape 1) and Weibull (ch. 21, through ``(D / a) ** b ~ Exponential(1)``).

    Examples
    --------
    >>> float(partial_moment(Distribution.UNIFORM, 0.0, 2.0, np.array([1.0]), 1)[0])
    0.25
    """
    from scipy.special import gamma, gammainc, ndtr, poch

    x = np.maximum(x, 0.0)
    if kind == Distribution.EXPONENTIAL:
        kind, b = Distribution.GAMMA, 1.0
    if kind == Distribution.GAMMA:
        return np.asarray(a**order * poch(b, order) * gammainc(b + order, x / a))
    if kind == Distribution.WEIBULL:
        tail = order / b
        return np.asarray(a**order * gamma(1.0 + tail) * gammainc(1.0 + tail, (x / a) ** b))
    if kind == Distribution.UNIFORM:
        top = np.clip(x, a, b) ** (order + 1) - a ** (order + 1)
        return np.asarray(top / ((order + 1) * (b - a)))
    with np.errstate(divide="ignore"):
        score = np.log(x / a) / b - order * b
    return np.asarray(a**order * math.exp((order * b) ** 2 / 2.0) * ndtr(score))


def delay_kernel(kind: int, a: float, b: float, lattice: Lattice, start: float = 0.0) -> Floats:
    """Put a delay with a density on the lattice, as Gauss-point masses.

    Parameters
    ----------
    kind, a, b
        As for `partial_moment`.
    lattice : Lattice
        What lies beyond its horizon is left out.
    start : float
        Days that always come on top.
    """
    mass, mean = (partial_moment(kind, a, b, lattice.borders - start, i) for i in range(2))
    return _kernel(mass, start * mass + mean, lattice)


def law_of(row: np.void, name: str, lattice: Lattice) -> float | Floats:
    """Read the delay ``name`` in a row of the plan: fixed days, or a kernel on the lattice."""
    law = int(row[f"{name}_kind"]), float(row[f"{name}_a"]), float(row[f"{name}_b"])
    value = fixed_value(*law)
    return delay_kernel(*law, lattice) if value is None else value


def arrival_law(channel: np.void, arrival_days: Floats, lattice: Lattice) -> float | Floats:
    """Read when people arrive through a channel: on a fixed day, or a kernel on the lattice.

    Parameters
    ----------
    channel : np.void
        A row of the plan's ``channels``; ``start`` and ``day_length`` are days.
    arrival_days : array
        The plan's curves, of which the channel's is a part if ``n_days`` is above 0.
    lattice : Lattice
        As for `delay_kernel`.
    """
    start, first, n_days = (channel[name] for name in ("start", "first_day", "n_days"))
    if n_days > 0:
        length = float(channel["day_length"])
        return curve_kernel(arrival_days[first : first + n_days], lattice, float(start), length)
    law = tuple(channel[f"arrival_{part}"] for part in ("kind", "a", "b"))
    kind, a, b = int(law[0]), float(law[1]), float(law[2])
    value = fixed_value(kind, a, b)
    if value is not None:
        return float(start) + value
    return delay_kernel(kind, a, b, lattice, float(start))


def curve_kernel(
    cumulative: Floats, lattice: Lattice, start: float = 0.0, day_length: float = 1.0
) -> Floats:
    """Put a distribution with a constant density on each day on the lattice.

    Parameters
    ----------
    cumulative : array
        Shares up to and including each day, the last being 1.
    lattice : Lattice
        What lies beyond its horizon is left out.
    start : float
        When the first of these days begins.
    day_length : float
        What a day of the curve takes, above 0.

    Notes
    -----
    Its distribution function is linear and its partial mean quadratic within a day.

    Examples
    --------
    >>> from cvosim.theory.lattice import Lattice
    >>> kernel = curve_kernel(np.array([0.25, 1.0]), Lattice(2.0, 2))
    >>> kernel.reshape(2, 2).sum(axis=1).tolist()
    [0.25, 0.75]
    """
    share = np.diff(cumulative, prepend=0.0)
    below = np.concatenate([[0.0], cumulative, cumulative[-1:]])
    passed = np.clip((lattice.borders - start) / day_length, 0.0, float(len(share)))
    day = passed.astype(np.intp)
    into = passed - day
    density = np.append(share, 0.0)[day]
    full = np.concatenate([[0.0], np.cumsum(share * (np.arange(len(share)) + 0.5))])
    mean = full[day] + density * into * (day + into / 2.0)
    mass = below[day] + density * into
    return _kernel(mass, start * mass + day_length * mean, lattice)


def success_kernels(rate: float, window: float, lattice: Lattice) -> tuple[Floats, ...]:
    """Put the time ``tau`` to the first success of a Poisson process on the lattice.

    Parameters
    ----------
    rate : float
        Successes a day, above 0.
    window : float
        Days that the process runs; a success exactly at its end is none.
    lattice : Lattice
        As for `delay_kernel`.

    Returns
    -------
    tuple of three arrays
        The law of ``tau`` weighted by 1, ``tau`` and ``tau ** 2``: what the first two moments
        of a cost proportional to ``tau`` need.

    Notes
    -----
    Clicks that each succeed with probability ``c`` are a thinned Poisson process of rate
    ``clicks * c`` (Kingman 1993, *Poisson Processes*, section 5.1).
    """
    borders = np.minimum(lattice.borders, window)
    moments = [
        partial_moment(Distribution.EXPONENTIAL, 1.0 / rate, 0.0, borders, i) for i in range(4)
    ]
    return tuple(_kernel(moments[i], moments[i + 1], lattice) for i in range(3))


def _kernel(moment: Floats, next_moment: Floats, lattice: Lattice) -> Floats:
    mass = np.diff(moment)
    middle = np.arange(lattice.cells) + 0.5
    return on_points(mass, np.diff(next_moment) / lattice.step - middle * mass)
