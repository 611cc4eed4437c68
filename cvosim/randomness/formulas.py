"""Scalar formulas from uniforms to other distributions, in plain Python.

Both twins of the draws use these very functions, one of them compiled. They keep to
``+ - * /`` and ``math.log``, ``math.exp``, ``math.sqrt`` of arguments for which Python
raises nothing, so that compiled and interpreted results are equal to the bit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

REJECTED = -1.0
"""From :func:`gamma_attempt`: try again."""

_LARGEST_EXPONENT = 709.782712893384  # the logarithm of the largest double


def exp_or_inf(x: float) -> float:
    """Exponentiate, overflowing to infinity instead of raising."""
    return math.inf if x > _LARGEST_EXPONENT else math.exp(x)


def share(log_x: float, log_y: float) -> float:
    """Compute ``x / (x + y)`` from logarithms, so that neither has to be representable."""
    if log_x >= log_y:
        return 1.0 / (1.0 + math.exp(log_y - log_x))
    odds = math.exp(log_x - log_y)
    return odds / (1.0 + odds)


def normal_quantile(u: float) -> float:
    """Invert the standard normal distribution function on (0, 1).

    Wichura (1988), "Algorithm AS 241: the percentage points of the normal distribution",
    Applied Statistics 37(3), 477-484, routine PPND16: about 1 part in 10**16.

    Examples
    --------
    >>> round(normal_quantile(0.975), 6)
    1.959964
    """
    centred = u - 0.5
    if -0.425 <= centred <= 0.425:
        r = 0.180625 - centred * centred
        top = 2.5090809287301226727e3 * r + 3.3430575583588128105e4
        top = (top * r + 6.7265770927008700853e4) * r + 4.5921953931549871457e4
        top = (top * r + 1.3731693765509461125e4) * r + 1.9715909503065514427e3
        top = (top * r + 1.3314166789178437745e2) * r + 3.3871328727963666080e0
        low = 5.2264952788528545610e3 * r + 2.8729085735721942674e4
        low = (low * r + 3.9307895800092710610e4) * r + 2.1213794301586595867e4
        low = (low * r + 5.3941960214247511077e3) * r + 6.8718700749205790830e2
        low = (low * r + 4.2313330701600911252e1) * r + 1.0
        return centred * top / low
    r = math.sqrt(-math.log(u if centred < 0.0 else 1.0 - u))
    if r <= 5.0:
        r = r - 1.6
        top = 7.74545014278341407640e-4 * r + 2.27238449892691845833e-2
        top = (top * r + 2.41780725177450611770e-1) * r + 1.27045825245236838258e0
        top = (top * r + 3.64784832476320460504e0) * r + 5.76949722146069140550e0
        top = (top * r + 4.63033784615654529590e0) * r + 1.42343711074968357734e0
        low = 1.05075007164441684324e-9 * r + 5.47593808499534494600e-4
        low = (low * r + 1.51986665636164571966e-2) * r + 1.48103976427480074590e-1
        low = (low * r + 6.89767334985100004550e-1) * r + 1.67638483018380384940e0
        low = (low * r + 2.05319162663775882187e0) * r + 1.0
    else:
        r = r - 5.0
        top = 2.01033439929228813265e-7 * r + 2.71155556874348757815e-5
        top = (top * r + 1.24266094738807843860e-3) * r + 2.65321895265761230930e-2
        top = (top * r + 2.96560571828504891230e-1) * r + 1.78482653991729133580e0
        top = (top * r + 5.46378491116411436990e0) * r + 6.65790464350110377720e0
        low = 2.04426310338993978564e-15 * r + 1.42151175831644588870e-7
        low = (low * r + 1.84631831751005468180e-5) * r + 7.86869131145613259100e-4
        low = (low * r + 1.48753612908506148525e-2) * r + 1.36929880922735805310e-1
        low = (low * r + 5.99832206555887937690e-1) * r + 1.0
    return -top / low if centred < 0.0 else top / low


def gamma_attempt(shape: float, z: float, u: float) -> float:
    """Try to make a Gamma(shape, rate 1) variate from a normal and a uniform.

    Marsaglia & Tsang (2000), "A simple method for generating gamma variables", ACM
    Transactions on Mathematical Software 26(3), 363-372, section 4. At least 95 % of
    attempts succeed.

    Parameters
    ----------
    shape : float
        At least 1.
    z : float
        Standard normal.
    u : float
        Uniform on (0, 1), independent of z.

    Returns
    -------
    float
        The variate, positive, or :data:`REJECTED`.
    """
    d = shape - 1.0 / 3.0
    root = 1.0 + z / math.sqrt(9.0 * d)
    if root <= 0.0:
        return REJECTED
    v = root * root * root
    square = z * z
    if u < 1.0 - 0.0331 * square * square:
        return d * v
    if math.log(u) < 0.5 * square + d - d * v + d * math.log(v):
        return d * v
    return REJECTED


def multiplied_odds(probability: float, log_multiplier: float) -> float:
    """Multiply the odds of a probability by ``exp(log_multiplier)``; 0 and 1 stay themselves.

    Examples
    --------
    >>> round(multiplied_odds(0.5, 0.6931471805599453), 12)
    0.666666666667
    """
    if log_multiplier == 0.0 or probability <= 0.0 or probability >= 1.0:
        return probability
    if log_multiplier > 0.0:
        against = (1.0 - probability) * math.exp(-log_multiplier)
        return probability / (probability + against)
    favour = probability * math.exp(log_multiplier)
    return favour / (favour + (1.0 - probability))


def poisson_quantile(mean: float, u: float) -> int:
    """Invert the Poisson distribution function by adding up its probabilities.

    Parameters
    ----------
    mean : float
        From 0 to 100, where the first probability is still representable.
    u : float
        Uniform on (0, 1).

    Examples
    --------
    >>> poisson_quantile(1.2, 0.3), poisson_quantile(1.2, 0.999)
    (0, 6)
    """
    term = math.exp(-mean)
    total = term
    count = 0
    while u >= total and count < 1000:
        count += 1
        term *= mean / count
        total += term
    return count


def on_curve(cumulative: Sequence[float], first: int, count: int, u: float) -> float:
    """Invert a distribution whose density is constant within each day.

    Parameters
    ----------
    cumulative : sequence of float
        ``cumulative[first + d]`` is the share of the days up to and including day ``d``; the
        last is 1.
    first, count : int
        Which of them to use; at least one.
    u : float
        Uniform on (0, 1).

    Returns
    -------
    float
        Days, from 0 to ``count``.

    Examples
    --------
    >>> on_curve((0.25, 1.0), 0, 2, 0.625)
    1.5
    """
    low, high = 0, count - 1
    while low < high:
        middle = (low + high) // 2
        if u < cumulative[first + middle]:
            high = middle
        else:
            low = middle + 1
    before = cumulative[first + low - 1] if low > 0 else 0.0
    return low + (u - before) / (cumulative[first + low] - before)
