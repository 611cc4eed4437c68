from __future__ import annotations

import math
from itertools import product
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import norm

from cvosim.errors import CvosimError
from cvosim.stats.planning import (
    Design,
    Hazards,
    Means,
    Proportions,
    Spread,
    in_clusters,
    ratio_spread,
    with_covariate,
)

ONE = Means(1.0)
STRICT_T: dict[str, Any] = {"law": "t", "either_sign": True}


def units(spread: Spread, effect: float, power: float = 0.8, **how: Any) -> float:
    return float(Design(spread, **how).sample_size(effect, power).control)


# R 4.2.2 (power.prop.test, power.t.test), rpact 3.3.4 and statsmodels 0.15
@pytest.mark.parametrize(
    ("found", "known", "tolerance"),
    [
        (units(ONE, 0.1, **STRICT_T), 1570.7330430520, 1e-6),
        (units(ONE, 0.1, law="t"), 1570.737, 1e-3),
        (units(ONE, 0.1, either_sign=True), 1569.7721019023, 1e-6),
        (units(ONE, 0.1), 3139.552 / 2, 1e-3),
        (units(ONE, 0.2, **STRICT_T), 393.4056930003, 1e-5),
        (units(ONE, 0.5, **STRICT_T), 63.7656105891, 1e-5),
        (units(ONE, 0.8, **STRICT_T), 25.5245718545, 1e-5),
        (units(Proportions(0.05), 0.01), 8157.731, 1e-3),
        (units(Proportions(0.10), 0.02, 0.9), 5141.306, 1e-3),
        (float(Design(Hazards()).sample_size(math.log(0.8)).total), 630.5202, 1e-4),
        (float(Design(ONE, law="t").power(1.0, 20)), 0.8689528, 1e-7),
        (float(Design(ONE, **STRICT_T).power(0.5, 64)), 0.8014595579, 1e-9),
        (float(Design(Proportions(0.05)).power(0.01, 8158)), 0.800013868, 1e-5),
    ],
)
def test_known_sample_sizes(found: float, known: float, tolerance: float) -> None:
    assert_allclose(found, known, atol=tolerance, rtol=0)


def test_cohens_table() -> None:
    """Cohen (1992): 394 (normal: 393), 64 and 26 an arm for small, medium and large effects."""
    found = [math.ceil(units(ONE, effect, law="t")) for effect in (0.2, 0.5, 0.8)]
    assert found == [394, 64, 26]


SPREADS: list[Spread] = [
    Means(2.0, 3.0),
    Proportions(0.05),
    Proportions(0.3, pooled=False),
    Proportions(0.1),
    Hazards(0.3),
    with_covariate(Means(1.0), 0.5),
    in_clusters(Proportions(0.2), 20, 0.05),
]
TESTS: list[dict[str, Any]] = [
    {},
    {"either_sign": True},
    {"alternative": "greater", "margin": 0.01},
    {"alternative": "less", "treatments": 3, "correction": "dunnett"},
    {"law": "t"},
    {"looks": 4},
    {"looks": (0.2, 0.7, 1.0), "spending": "pocock", "alternative": "greater"},
]


@pytest.mark.parametrize(
    ("spread", "how", "ratio"), [*product(SPREADS, TESTS, (1.0, 1 / 9)), (ONE, {}, 4.0)]
)
def test_power_mde_and_sample_size_are_inverses(
    spread: Spread, how: dict[str, Any], ratio: float
) -> None:
    design = Design(spread, ratio=ratio, **how)
    n, power = np.array([2000.0, 50_000.0, 1e6]), np.array([[0.3], [0.8], [0.95]])
    effect = design.mde(n, power)
    some = np.isfinite(effect)
    assert some[:, 1:].all()
    again = np.where(some, design.power(np.where(some, effect, 0.0), n), np.nan)
    assert_allclose(again[some], np.broadcast_to(power, again.shape)[some], atol=1e-9, rtol=0)
    sure = np.where(some, effect, effect[0, 2])
    back = design.sample_size(sure, power).control
    assert_allclose(back[some], np.broadcast_to(n, back.shape)[some], rtol=1e-8)


def test_effects_below_zero_are_found_as_well() -> None:
    design = Design(Proportions(0.1))
    down = design.mde(500, down=True)
    assert_allclose(design.power(down, 500), 0.8, atol=1e-9)
    assert -down < design.mde(500), "a lower rate varies less"
    assert_allclose(design.power(-0.05, 400), 0.761, atol=0.01)
    assert np.isnan(design.mde(10, down=True)), "a rate cannot fall far enough"


def test_relative_effects_are_those_of_the_test_of_the_difference() -> None:
    """Control's own error is in the difference once, however large the lift is."""
    mean, sd, lift, n = 2.0, 3.0, 0.25, 500
    drift = lift * mean / (sd * math.sqrt(2.0 / n))
    assert_allclose(Design(Means(sd)).power(lift * mean, n), norm.sf(1.959963985 - drift))


def test_the_covariate_takes_from_the_variance_not_from_its_root() -> None:
    """In circulation: n sqrt(1 - rho**2)."""
    plain, less = units(ONE, 0.1), units(with_covariate(ONE, 0.6), 0.1)
    assert_allclose(less / plain, 1 - 0.6**2, rtol=1e-12)


def test_two_arms_cost_twice_the_variance() -> None:
    """In circulation: n an arm = z**2 sd**2 / delta**2, without the factor 2."""
    assert_allclose(units(ONE, 0.1), 2 * (1.959963985 + 0.841621234) ** 2 / 0.01, rtol=1e-8)


def test_allocation_counts() -> None:
    """In circulation: power that forgets the allocation (statsmodels #8049)."""
    size = Design(ONE, ratio=1 / 9).sample_size(0.1)
    equal = Design(ONE).sample_size(0.1)
    assert_allclose(size.treatment / size.control, 1 / 9)
    assert_allclose(size.total / equal.total, (1 + 9) ** 2 / (4 * 9), rtol=1e-12)


def test_welch_weighs_unequal_arms() -> None:
    """Against statsmodels, pooled and normal, where both are the same test."""
    from statsmodels.stats.power import NormalIndPower

    theirs = NormalIndPower().solve_power(0.1, alpha=0.05, power=0.8, ratio=0.25)
    assert_allclose(units(ONE, 0.1, ratio=0.25, either_sign=True), theirs, rtol=1e-8)


def test_clusters_inflate_by_the_design_effect() -> None:
    found = units(in_clusters(ONE, 20, 0.05), 0.1) / units(ONE, 0.1)
    assert_allclose(found, 1 + 19 * 0.05)
    uneven = units(in_clusters(ONE, 20, 0.05, variation=0.5), 0.1) / units(ONE, 0.1)
    assert_allclose(uneven, 1 + (1.25 * 20 - 1) * 0.05)


def test_looks_inflate_as_published() -> None:
    """rpact 3.3.4: Lan-DeMets O'Brien-Fleming and Pocock, five looks, 80 %."""
    fixed = units(ONE, 0.1)
    for spending, factor in (("obrien_fleming", 1.024720), ("pocock", 1.212613)):
        assert_allclose(units(ONE, 0.1, looks=5, spending=spending) / fixed, factor, atol=2e-5)


def test_non_inferiority() -> None:
    """Wald, 12 % against 12 %, margin 2 points: n = z**2 2 p q / margin**2."""
    design = Design(Proportions(0.12), alpha=0.025, alternative="greater", margin=0.02)
    z = 1.959963985 + 0.841621234
    assert_allclose(design.sample_size(0.0).control, z**2 * 2 * 0.12 * 0.88 / 0.02**2, rtol=1e-8)
    assert design.mde(8000) < 0.0, "a little worse than control may still pass"


def test_one_sided_needs_less() -> None:
    one, two = (units(ONE, 0.1, alternative=which) for which in ("greater", "two-sided"))  # type: ignore[arg-type]
    assert_allclose(one, units(ONE, 0.1, alpha=0.1), rtol=1e-12)
    assert one < two


def test_a_ratio_metric_takes_its_linearised_variance() -> None:
    y, x = np.array([0.0, 9.0, 20.0, 4.0]), np.array([1.0, 1.0, 2.0, 1.0])
    found, spread = ratio_spread(
        (y.mean(), x.mean()),
        (y.std(ddof=1), x.std(ddof=1)),
        float(np.corrcoef(y, x)[0, 1]),
    )
    assert_allclose(spread.sd, ((y - found * x) / x.mean()).std(ddof=1))


def test_hazards_count_customers_by_their_events() -> None:
    whole, part = (Design(Hazards(share), ratio=0.25).sample_size(-0.3) for share in (1.0, 0.1))
    assert_allclose(part.total, 10 * whole.total)
    p = 0.2
    z = 1.959963985 + 0.841621234
    assert_allclose(whole.total, z**2 / (p * (1 - p) * 0.3**2), rtol=1e-8)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Design(ONE, alpha=5), "alpha: must be between 0 and 1 (got 5); 5 % is 0.05"),
        (lambda: Design(ONE, ratio=0.0), "ratio: must be above 0 (got 0)"),
        (lambda: Design(ONE, margin=0.1), "margin: must be at least 0, and goes with"),
        (lambda: Design(ONE, looks=3, law="t"), "looks: go with the normal law"),
        (lambda: Design(ONE, looks=(0.5, 0.4)), "looks"),
        (lambda: Design(ONE, correction="holm"), "correction: must be one of bonferroni, dunn"),  # type: ignore[arg-type]
        (lambda: Design(ONE).sample_size(0.0), "effect: must not be 0; no test finds"),
        (lambda: Design(ONE).sample_size(0.1, 0.04), "power: must be above the error rate, 0.05"),
        (lambda: Design(ONE, alternative="greater").sample_size(-1), "effect: must be above"),
        (lambda: Design(ONE).power(0.1, 0), "n: must be above 0 (got 0.0)"),
        (lambda: Design(Proportions(0.9)).power(0.2, 9), "effect: must be from -0.9 to 0.1"),
        (lambda: Proportions(5), "rate: must be between 0 and 1 (got 5.0); 5 % is 0.05"),
        (lambda: Means(0.0), "sd: must be above 0 (got 0.0)"),
        (lambda: with_covariate(ONE, 1.0), "correlation: must be above -1 and below 1"),
        (lambda: in_clusters(ONE, 20, 2.0), "icc: must be from 0 to 1 (got 2)"),
        (lambda: Hazards(0.0), "event_share: must be above 0"),
    ],
)
def test_what_is_refused(call: Any, words: str) -> None:
    with pytest.raises(CvosimError) as found:
        call()
    assert str(found.value).startswith(words)
