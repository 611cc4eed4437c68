"""Conversions and delays from waits: right laws, right choice, intervals that cover."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import integrate, stats

from cvosim.experiment.calibration.delay_laws import LAWS
from cvosim.experiment.calibration.delays import Waits, fit_decisions
from cvosim.experiment.calibration.shares import Z, share_of
from cvosim.randomness.philox import uniform

Floats = NDArray[np.float64]
SCIPY = {
    "exponential": ((3.0,), stats.expon(scale=3.0)),
    "lognormal": ((3.0, 0.8), stats.lognorm(0.8, scale=3.0)),
    "gamma": ((5.0, 2.5), stats.gamma(2.5, scale=2.0)),
    "weibull": ((4.0, 0.7), stats.weibull_min(0.7, scale=4.0)),
}
NONE = np.zeros(0)


def luck(replication: int, site: int, n: int) -> Floats:
    numbers = (uniform(11, replication, site, k) for k in range(n))
    return np.fromiter(numbers, np.float64, n)


@pytest.mark.parametrize("kind", LAWS)
def test_laws_are_those_of_scipy(kind: str) -> None:
    parameters, law = SCIPY[kind]
    x = np.array([0.01, 0.4, 1.0, 5.0, 30.0])
    assert LAWS[kind].log_density(x, parameters) == pytest.approx(law.logpdf(x), rel=1e-12)
    assert LAWS[kind].share_by(x, parameters) == pytest.approx(law.cdf(x), rel=1e-12)
    sums = [integrate.quad(law.cdf, 0.0, to, epsabs=1e-12)[0] for to in x]
    assert LAWS[kind].days_by(x, parameters) == pytest.approx(sums, rel=1e-8, abs=1e-12)


def watched(kind: str, replication: int, n: int, unit: float) -> Waits:
    """Draw people who arrive over 40 days and are watched to day 50; 35 % would accept."""
    _, law = SCIPY[kind]
    start = 40.0 * luck(replication, 1, n)
    yes = luck(replication, 2, n) < 0.35
    then = start + law.ppf(luck(replication, 3, n))
    seen = yes & (then < 50.0)
    end = 50.0
    if unit:
        start, then, end = np.floor(start), np.floor(then), 49.0
    return Waits((then - start)[seen], NONE, (end - start)[~seen], logs_no=False, unit=unit)


@pytest.mark.parametrize("unit", [0.0, 1.0])
@pytest.mark.parametrize("kind", LAWS)
def test_planted_law_is_chosen(kind: str, unit: float) -> None:
    """Within 4 standard errors (6e-5 each), times exact or known to the day, declines unknown."""
    found = fit_decisions(watched(kind, 1, 6000, unit))
    assert found.share is not None
    assert found.delay is not None
    assert found.delay.section is not None
    assert found.delay.section["kind"] == kind
    assert abs(math.log(found.share.value / 0.35)) < 4 * found.share.logit_error
    assert found.delay.standard_errors is not None
    for name, planted in zip(LAWS[kind].names, SCIPY[kind][0], strict=True):
        error = found.delay.standard_errors[name]
        assert abs(float(str(found.delay.section[name])) - planted) < 4 * error


@pytest.mark.parametrize(("kind", "unit"), [("exponential", 0.0), ("lognormal", 1.0)])
def test_intervals_cover(kind: str, unit: float) -> None:
    """90 % intervals of conversion and delay cover 90 +- 2 % of 600 logs with open ends."""
    names, planted = LAWS[kind].names, SCIPY[kind][0]
    covered = np.zeros(1 + len(names))
    for replication in range(600):
        found = fit_decisions(watched(kind, replication + 1, 250, unit), (kind,))
        assert found.share is not None
        assert found.delay is not None
        assert found.delay.section is not None
        assert found.delay.standard_errors is not None
        covered[0] += found.share.low <= 0.35 <= found.share.high
        for i, (name, true) in enumerate(zip(names, planted, strict=True), 1):
            value = float(str(found.delay.section[name]))
            error = found.delay.standard_errors[name] / value
            covered[i] += abs(math.log(value / true)) <= Z * error
    assert covered / 600 == pytest.approx(0.90, abs=0.02)


def test_declines_make_it_plain_counting() -> None:
    """With declines noted, conversion and delay have nothing to do with each other."""
    _, law = SCIPY["gamma"]
    wait, yes = law.ppf(luck(0, 4, 3000)), luck(0, 5, 3000) < 0.2
    age = 20.0 * luck(0, 6, 3000)
    ended = wait < age
    found = fit_decisions(Waits(wait[ended & yes], wait[ended & ~yes], age[~ended]))
    counted = share_of(int((ended & yes).sum()), int(ended.sum()))
    assert found.share == counted
    assert found.delay is not None
    assert found.delay.section is not None
    assert found.delay.section["kind"] == "gamma"
    data = stats.CensoredData(uncensored=wait[ended], right=age[~ended])
    shape, _, scale = stats.gamma.fit(data, floc=0)
    assert found.delay.section["shape"] == pytest.approx(shape, rel=1e-3)
    assert found.delay.section["mean_days"] == pytest.approx(shape * scale, rel=1e-3)


def test_too_short_a_log_is_refused_in_words() -> None:
    """Everybody is watched for a hundredth of the delay: slow yes or no, who knows?"""
    wait = stats.expon(scale=100.0).ppf(luck(0, 7, 2000))
    seen = wait < 1.0
    found = fit_decisions(Waits(wait[seen], NONE, np.ones(int((~seen).sum())), logs_no=False))
    assert found.share is None
    assert "the log ends too soon to tell a slow yes from a no" in found.why


@pytest.mark.parametrize(
    ("days", "unit", "section"),
    [([2.0, 2.0, 2.0 + 1e-12], 0.0, {"kind": "fixed", "days": 2.0}), ([0.0, 0.0], 0.0, None)],
)
def test_delays_without_chance(
    days: list[float], unit: float, section: dict[str, object] | None
) -> None:
    found = fit_decisions(Waits(np.array(days), NONE, NONE, unit=unit))
    assert found.delay is not None
    assert found.delay.section == section


def test_what_dates_cannot_tell() -> None:
    found = fit_decisions(Waits(np.zeros(40), np.zeros(9), NONE, unit=1.0))
    assert found.share == share_of(40, 49)
    assert found.delay is None
    assert "the log has no hours" in found.why


def test_the_authors_kind_stays_where_it_is_as_good() -> None:
    """Exponential waits: gamma and Weibull fit about as well and may stay."""
    wait = stats.expon(scale=3.0).ppf(luck(1, 8, 500))
    for kept, chosen in (("gamma", "gamma"), ("weibull", "weibull"), ("", "exponential")):
        found = fit_decisions(Waits(wait, NONE, NONE), keep=kept)
        assert found.delay is not None
        assert found.delay.section is not None
        assert found.delay.section["kind"] == chosen


def test_shares_have_jeffreys_intervals() -> None:
    """Brown, Cai & DasGupta (2001), section 4.1.2: quantiles of Beta(x + 1/2, n - x + 1/2)."""
    found = share_of(7, 50)
    limits = stats.beta(7.5, 43.5).ppf([0.05, 0.95])
    assert [found.low, found.high] == pytest.approx(limits, rel=1e-9)
    assert share_of(0, 9).low == 0.0
    assert share_of(9, 9).high == 1.0
    assert math.isinf(share_of(0, 9).logit_error)
