from __future__ import annotations

import numpy as np
from numpy.testing import assert_allclose
from scipy.stats import chi2

from cvosim.stats import loops
from cvosim.stats.contrast import welch
from cvosim.stats.metric import Mean
from cvosim.stats.planning.skewness import SKEWED, difference_skewness, tails


def test_skewness_of_a_difference() -> None:
    """Of sums of squares of normals, whose third moment is known: 8 a degree of freedom."""
    n_c, n_t, df = 40.0, 10.0, 3.0
    third = 8 * df * (1 / n_t**2 - 1 / n_c**2)
    second = 2 * df * (1 / n_t + 1 / n_c)
    own = float(chi2(df).stats("s"))
    assert_allclose(difference_skewness(own, n_c, n_t), third / second**1.5)
    assert difference_skewness(own, 20, 20) == 0.0
    assert difference_skewness(own, 10, 40) == -difference_skewness(own, 40, 10)


def test_a_small_treatment_arm_of_a_skewed_metric_looks_worse_than_it_is() -> None:
    lower, upper = tails(difference_skewness(10.0, 9000, 1000))
    assert upper < 0.01
    assert lower > 0.04
    assert_allclose(tails(0.0), 0.025)
    assert_allclose(tails(SKEWED)[0], 0.0295, atol=1e-4)


def test_tails_of_welchs_test_on_skewed_data() -> None:
    """20,000 tests of 900 against 100 units with exponential values and no effect.

    Four standard errors of a tail of 4 % are 0.0055; one test in 16,000 fails by luck.
    """
    quantiles = -np.log1p(-(np.arange(50_000) + 0.5) / 50_000)
    pool = np.repeat(quantiles[None, :, None], 2, axis=0)
    moments = loops.replicated_moments(("y",), pool, loops.Draw((0.9, 0.1), (1000,), 20_000))
    arms = Mean("y").arms(moments[:, 0, 0], moments[:, 0, 1])
    above, below = welch(arms.control, arms.treatment).tails()
    known = tails(difference_skewness(2.0, 900, 100))
    found = [(side < 0.025).mean() for side in (below, above)]
    assert_allclose(found, known, atol=0.0055)
    assert found[0] > 0.035
