"""The laws that a delay may follow: density, distribution function and its integral."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Parameters = Sequence[float]


class DelayLaw(NamedTuple):
    """One kind of delay of a scenario, its parameters above 0 and in the scenario's order.

    ``log_density(x, parameters)`` is of days above 0; ``share_by(x, ...)`` the distribution
    function; ``days_by(x, ...)`` its integral from 0 to ``x``, which is what is needed where
    both ends of a wait are known to the day only. ``start(days)`` guesses parameters.
    """

    kind: str
    names: tuple[str, ...]
    log_density: Callable[[Floats, Parameters], Floats]
    share_by: Callable[[Floats, Parameters], Floats]
    days_by: Callable[[Floats, Parameters], Floats]
    start: Callable[[Floats], tuple[float, ...]]

    def section(self, parameters: Parameters) -> dict[str, object]:
        """Give the law as a scenario has it, six digits each."""
        values = zip(self.names, parameters, strict=True)
        return {"kind": self.kind, **{name: float(f"{value:.6g}") for name, value in values}}


def _positive(x: Floats) -> Floats:
    return np.maximum(x, 1e-300)


def _exponential(x: Floats, p: Parameters) -> Floats:
    return -math.log(p[0]) - x / p[0]


def _exponential_share(x: Floats, p: Parameters) -> Floats:
    found: Floats = -np.expm1(-np.maximum(x, 0.0) / p[0])
    return found


def _exponential_days(x: Floats, p: Parameters) -> Floats:
    x = np.maximum(x, 0.0)
    found: Floats = x + p[0] * np.expm1(-x / p[0])
    return found


def _lognormal(x: Floats, p: Parameters) -> Floats:
    log_x = np.log(_positive(x))
    z = (log_x - math.log(p[0])) / p[1]
    found: Floats = -log_x - math.log(p[1]) - 0.5 * math.log(2.0 * math.pi) - 0.5 * z * z
    return found


def _lognormal_share(x: Floats, p: Parameters) -> Floats:
    from scipy.special import ndtr

    found: Floats = ndtr((np.log(_positive(x)) - math.log(p[0])) / p[1])
    return found


def _lognormal_days(x: Floats, p: Parameters) -> Floats:
    from scipy.special import ndtr

    x = np.maximum(x, 0.0)
    z = (np.log(_positive(x)) - math.log(p[0])) / p[1]
    mean = p[0] * math.exp(min(0.5 * p[1] * p[1], 600.0))
    found: Floats = x * ndtr(z) - mean * ndtr(z - p[1])
    return found


def _gamma(x: Floats, p: Parameters) -> Floats:
    scale, shape = p[0] / p[1], p[1]
    log_x = np.log(_positive(x))
    constant = math.lgamma(shape) + shape * math.log(scale)
    found: Floats = (shape - 1.0) * log_x - x / scale - constant
    return found


def _gamma_share(x: Floats, p: Parameters) -> Floats:
    from scipy.special import gammainc

    return np.asarray(gammainc(p[1], np.maximum(x, 0.0) * p[1] / p[0]), np.float64)


def _gamma_days(x: Floats, p: Parameters) -> Floats:
    from scipy.special import gammainc

    x = np.maximum(x, 0.0)
    y = x * p[1] / p[0]
    found: Floats = x * gammainc(p[1], y) - p[0] * gammainc(p[1] + 1.0, y)
    return found


def _weibull(x: Floats, p: Parameters) -> Floats:
    log_y = np.log(_positive(x)) - math.log(p[0])
    power = np.exp(np.minimum(p[1] * log_y, 700.0))
    found: Floats = math.log(p[1] / p[0]) + (p[1] - 1.0) * log_y - power
    return found


def _weibull_share(x: Floats, p: Parameters) -> Floats:
    power = p[1] * (np.log(_positive(np.maximum(x, 0.0))) - math.log(p[0]))
    found: Floats = -np.expm1(-np.exp(np.minimum(power, 700.0)))
    return found


def _weibull_days(x: Floats, p: Parameters) -> Floats:
    from scipy.special import gamma, gammainc

    x = np.maximum(x, 0.0)
    power = p[1] * (np.log(_positive(x)) - math.log(p[0]))
    y, more = np.exp(np.minimum(power, 700.0)), 1.0 + 1.0 / p[1]
    found: Floats = -x * np.expm1(-y) - p[0] * gamma(more) * gammainc(more, y)
    return found


def _mean(days: Floats) -> float:
    return max(float(days.mean()), 1e-6)


def _logs(days: Floats) -> tuple[float, float]:
    logs = np.log(np.maximum(days, 0.25 * _mean(days) * 1e-3))
    return float(logs.mean()), max(float(logs.std()), 0.05)


def _start_lognormal(days: Floats) -> tuple[float, ...]:
    mean, spread = _logs(days)
    return math.exp(mean), spread


def _start_gamma(days: Floats) -> tuple[float, ...]:
    spread = max(float(days.std()), 1e-3 * _mean(days))
    return _mean(days), min(max((_mean(days) / spread) ** 2, 0.05), 400.0)


def _start_weibull(days: Floats) -> tuple[float, ...]:
    shape = min(max(1.28 / _logs(days)[1], 0.1), 50.0)  # sd of a Weibull's logarithm: 1.28 / shape
    return _mean(days), shape


LAWS: Mapping[str, DelayLaw] = {
    law.kind: law
    for law in (
        DelayLaw(
            "exponential", ("mean_days",), _exponential, _exponential_share, _exponential_days,
            lambda days: (_mean(days),),
        ),
        DelayLaw(
            "lognormal", ("median_days", "sigma"), _lognormal, _lognormal_share, _lognormal_days,
            _start_lognormal,
        ),
        DelayLaw("gamma", ("mean_days", "shape"), _gamma, _gamma_share, _gamma_days, _start_gamma),
        DelayLaw(
            "weibull", ("scale_days", "shape"), _weibull, _weibull_share, _weibull_days,
            _start_weibull,
        ),
    )
}  # fmt: skip
"""The laws that have a density, by the kind that a scenario names them by."""
