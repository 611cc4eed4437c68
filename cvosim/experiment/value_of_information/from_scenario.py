"""Noise, value and pace of a test's customers, as a scenario has them."""

from __future__ import annotations

import math
from typing import NamedTuple

from cvosim.errors import CvosimError
from cvosim.experiment.pool import Pool
from cvosim.experiment.stopping.world import MONEY
from cvosim.stats.metric import Mean, Ratio
from cvosim.stats.moments import Moments


class Noise(NamedTuple):
    """What one customer tells about money.

    Attributes
    ----------
    value : float
        Mean contribution of a customer.
    sd : float
        Standard deviation of a customer's result on the metric, turned into money: the effect on
        the metric, in parts of its mean, is taken for the effect on contribution.
    """

    value: float
    sd: float


def noise_of(pool: Pool, metric: Mean | Ratio) -> Noise:
    """Read how much the metric of one customer varies, in money.

    Parameters
    ----------
    pool : Pool
        Its first arm counts; with the metric's outcomes and ``contribution``.
    metric : Mean or Ratio

    Raises
    ------
    CvosimError
        If the metric does not vary, or cannot be turned into money.

    Examples
    --------
    >>> import numpy as np
    >>> values = np.array([[[0.0, 0.0], [1.0, 10.0], [0.0, 0.0], [1.0, 30.0]]])
    >>> pool = Pool(("now",), ("conversion.core", "contribution"), values, np.arange(4.0),
    ...             np.arange(4), np.zeros(4, np.uint8))
    >>> noise = noise_of(pool, Mean("conversion.core"))
    >>> noise.value, round(noise.sd, 3)
    (10.0, 11.547)
    """
    own = Moments.of({name: pool.of(name)[0] for name in metric.columns})
    arm = metric.arms(own, own).control
    value, sd = float(pool.of(MONEY)[0].mean()), math.sqrt(float(arm.variance))
    name = "/".join(metric.columns)
    if not sd > 0.0:
        raise CvosimError(f"{name}: is the same for all customers; no test of it is needed")
    if metric.columns == (MONEY,):
        return Noise(value, sd)
    factor = value / float(arm.value) if float(arm.value) else math.nan
    if not (math.isfinite(factor) and factor > 0.0):
        raise CvosimError(
            f"{name}: its mean {float(arm.value):.4g} cannot stand for a contribution of "
            f"{value:.4g}; test on contribution itself"
        )
    return Noise(value, sd * factor)
