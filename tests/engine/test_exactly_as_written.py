"""Whoever is swayed by nothing decides at exactly the conversion that is written.

Through log-odds and back a probability may lose its last bit; the promise is 8 %, not nearly.
"""

from __future__ import annotations

import math
from types import SimpleNamespace

import pytest

from cvosim.engine import decision
from cvosim.engine.reference_customer import Customer

CONVERSIONS = [i / 1000 for i in range(1, 1000)]


def logit(p: float) -> float:
    return math.log(p / (1.0 - p))


def expit(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-x)) if x >= 0.0 else math.exp(x) / (1.0 + math.exp(x))


def accepts(conversion: float, luck: float, trust: float = 1.5) -> bool:
    """The kernel's decision, its source run by plain Python."""
    plainly = getattr(decision._persuaded, "py_func", decision._persuaded)
    terms = SimpleNamespace(
        conversion=conversion, logit=logit(conversion), trust_weight=0.7, reference_trust=1.5
    )
    life = SimpleNamespace(trust=trust)
    return bool(plainly(SimpleNamespace(propensity_sd=0.0), terms, life, 0.0, luck))


def test_some_probabilities_do_not_survive_the_way_to_log_odds_and_back() -> None:
    """Else the tests below could not fail."""
    assert sum(expit(logit(p)) != p for p in CONVERSIONS) > 100


def test_the_kernel_keeps_the_last_bit() -> None:
    for p in CONVERSIONS:
        assert not accepts(p, p)
        assert accepts(p, math.nextafter(p, 0.0))


@pytest.mark.parametrize("trust", [0.5, 1.4, 1.6, 2.5])
def test_the_kernel_hears_of_trust(trust: float) -> None:
    for p in (0.02, 0.5, 0.98):
        chance = expit(logit(p) + 0.7 * (trust - 1.5))
        assert accepts(p, chance - 1e-12, trust)
        assert not accepts(p, chance + 1e-12, trust)


@pytest.mark.parametrize("certain", [0.0, 1.0])
def test_nothing_sways_what_is_certain(certain: float) -> None:
    terms = {"conversion": certain, "logit": math.nan, "trust_weight": 1.0, "reference_trust": 0.0}
    plainly = getattr(decision._persuaded, "py_func", decision._persuaded)
    world, life = SimpleNamespace(propensity_sd=1.0), SimpleNamespace(trust=99.0)
    for luck in (1e-300, 0.5, 1.0 - 2.0**-53):
        assert plainly(world, SimpleNamespace(**terms), life, 3.0, luck) == bool(certain)


def test_the_reference_keeps_the_last_bit() -> None:
    who = SimpleNamespace(
        diary=SimpleNamespace(segment=0, channel=0),
        awareness=0,
        world=SimpleNamespace(propensity_sd=0.0),
        trust=1.5,
    )
    for p in CONVERSIONS:
        terms = SimpleNamespace(
            conversion=p, logit=logit(p), trust_weight=0.7, reference_trust=1.5, shifts=[[[0.0]]]
        )
        assert Customer.probability(who, terms) == p  # type: ignore[arg-type]
