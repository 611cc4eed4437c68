from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvosim.errors import DataError
from cvosim.experiment.compare import compare
from cvosim.experiment.insight.attribution import Attribution, attribute, shapley_value
from cvosim.experiment.insight.parts import Subset, Swap
from cvosim.scenario import load_scenario

SHOP = "lead_magnet_checklist"
THREE = [
    "journey.lead_magnet.trust=1.5",
    "journey.tripwire.price=9",
    "journey.core_offer.price=169",
]


def split(changes: list[str], **options: object) -> Attribution:
    swap = Swap.of(load_scenario(SHOP), load_scenario(SHOP, ["name=Other", *changes]))
    options = {"customers": 3000, "improvement": 0.0, **options}
    return attribute(swap, **options)  # type: ignore[arg-type]


def test_shares_add_up_and_match_the_comparison() -> None:
    found = split(THREE)
    assert sum(share.value for share in found.shares) == pytest.approx(found.difference, abs=1e-12)
    pair = [load_scenario(SHOP), load_scenario(SHOP, ["name=Other", *THREE])]
    truth = compare(pair, customers=3000).differences["Other"]["clv_per_prospect"]
    assert found.difference == pytest.approx(truth.difference, abs=1e-12)
    assert found.standard_error == pytest.approx(truth.standard_error, rel=1e-9)
    assert found.scenarios == 8
    assert [share.name for share in found.shares] == ["lead_magnet", "tripwire", "core_offer"]


def test_a_change_of_nothing_gets_exactly_nothing() -> None:
    found = split([*THREE[:2], "calendar={start: 2026-01-01}"])  # without a season: no effect
    calendar = next(share for share in found.shares if share.name == "calendar")
    assert tuple(calendar)[1:] == (0.0,) * 6
    without = split(THREE[:2])
    for share, same in zip(found.shares, without.shares, strict=False):
        assert share.value == pytest.approx(same.value, abs=1e-12)
        assert share.standard_error == pytest.approx(same.standard_error, rel=1e-9)


def test_what_only_adds_is_worth_the_same_in_every_order() -> None:
    # costs change nobody's decisions, so they add up: Shapley, alone and last are one number
    found = split(["journey.tripwire.unit_cost=5", "journey.core_offer.unit_cost=10"])
    for share in found.shares:
        assert share.value == pytest.approx(share.alone, abs=1e-12)
        assert share.value == pytest.approx(share.last, abs=1e-12)
        assert share.standard_error == pytest.approx(share.standard_error_alone, rel=1e-9)
    tripwire = found.shares[0]
    alone = split(["journey.tripwire.unit_cost=5"])
    assert tripwire.value == pytest.approx(alone.difference, abs=1e-12)
    assert alone.shares[0].standard_error == pytest.approx(alone.standard_error, rel=1e-12)


def test_paired_errors_are_those_of_replications() -> None:
    # 40 replications: the sample variance over the true one is chi-squared with 39 degrees of
    # freedom, over 39. Two shares, each outside of its two-sided 1e-4 limits once in 10,000 runs
    # if errors are right: (13.6, 83.1) / 39, widened by a tenth for the error of the mean square.
    runs = [split(THREE[1:], customers=1000, seed=seed) for seed in range(1, 41)]
    for place in range(2):
        values = np.array([run.shares[place].value for run in runs])
        claimed = np.mean([run.shares[place].standard_error ** 2 for run in runs])
        assert 13.6 / 39 / 1.1 < values.var(ddof=1) / claimed < 83.1 / 39 * 1.1


def subsets(count: int) -> list[Subset]:
    return [frozenset(s) for k in range(count + 1) for s in combinations(range(count), k)]


@given(st.lists(st.floats(-100, 100), min_size=16, max_size=16))
def test_shapley_values_are_symmetric_and_efficient(numbers: list[float]) -> None:
    values = dict(zip(subsets(4), numbers, strict=True))
    shares = [shapley_value(player, 4, values) for player in range(4)]
    gain = values[frozenset(range(4))] - values[frozenset()]
    assert math.fsum(shares) == pytest.approx(gain, abs=1e-9)
    swapped = {frozenset({0: 1, 1: 0}.get(p, p) for p in s): v for s, v in values.items()}
    assert shapley_value(0, 4, swapped) == pytest.approx(shares[1], abs=1e-9)
    even = {s: (values[s] + swapped[s]) / 2 for s in values}
    assert shapley_value(0, 4, even) == pytest.approx(shapley_value(1, 4, even), abs=1e-9)


def test_glove_game() -> None:
    # one left glove, two right ones (Shapley & Shubik 1969)
    worth = {s: float(0 in s and len(s) > 1) for s in subsets(3)}
    found = [shapley_value(player, 3, worth) for player in range(3)]
    assert found == pytest.approx([2 / 3, 1 / 6, 1 / 6])


def test_other_metrics_and_referral() -> None:
    found = split(THREE[1:], metric="conversion.core_offer")
    assert (found.metric, found.unit) == ("conversion.core_offer", "share")
    assert sum(share.value for share in found.shares) == pytest.approx(found.difference, abs=1e-15)
    aov = split(THREE[1:], metric="clv_quantile.p50")
    assert aov.difference == pytest.approx(sum(s.value for s in aov.shares), abs=1e-12)
    pizza = [load_scenario("pizza_chain", some) for some in ((), ["journey.tripwire.price=6"])]
    assert attribute(Swap.of(*pizza), customers=500, improvement=0).metric == "clv_with_referrals"
    with pytest.raises(DataError, match='no metric "aovv" in every scenario'):
        split(THREE, metric="aovv")
    with pytest.raises(DataError, match="improvement: must be at least 0 and below 1"):
        split(THREE, improvement=1.0)


def test_says_where_the_next_test_belongs() -> None:
    found = split(["journey.core_offer.price=119"], customers=20_000, improvement=0.2)
    assert found.better in (found.baseline, found.variant)
    gains = [room.value for room in found.room]
    assert gains == sorted(gains, reverse=True)
    assert {"lead_magnet conversion", "letters"} <= {room.name for room in found.room}
    text = found.summary()
    assert "per prospect" in text.splitlines()[0]
    sure = next(r for r in found.room if r.value > 1.96 * r.standard_error)
    assert f"Next test: {sure.name}" in text
    assert found.to_dict()["next"]["stages"][0]["name"] == found.room[0].name
