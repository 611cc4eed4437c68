"""Boxes: a planted one is found and measured; of noise none is claimed beyond the error rate."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import qmc

from cvosim.errors import DataError
from cvosim.experiment.sensitivity import Losing, Sample, discover
from cvosim.experiment.sensitivity.boxes import Cut, Limit, _pasted, features_of, inside, limits_of
from cvosim.experiment.sensitivity.luck import redrawn, shuffled
from cvosim.experiment.sensitivity.sample import Column

pytest.importorskip("sklearn")

PATHS = ("conversion", "price", "rate", "kind")
PRICES = np.array([9, 19, 29])
KINDS = np.array(["ads", "mail", "shop"])


def spread(points: int = 512, seed: int = 3) -> np.ndarray:
    return np.asarray(qmc.Sobol(4, seed=seed).random(points))


def sample(values: np.ndarray, units: np.ndarray, seed: int = 1) -> Sample:
    points = tuple(
        (float(a), int(PRICES[int(3 * b)]), float(c), str(KINDS[int(3 * d)]))
        for a, b, c, d in units
    )
    roles = ("uncertainty", "lever", "uncertainty", "lever")
    return Sample(PATHS, roles, points, "clv", "EUR", values, np.full(len(values), 0.1), seed)


def test_a_planted_box_is_found() -> None:
    """Within conversion < 0.35, price at least 19, kind not shop, 95 % lose; outside 2 %."""
    units = spread()
    box = (units[:, 0] < 0.35) & (units[:, 1] > 1 / 3) & (units[:, 3] < 2 / 3)
    luck = qmc.Sobol(1, seed=8).random(512)[:, 0]
    found = discover(sample(np.where(luck < np.where(box, 0.95, 0.02), -1.0, 1.0), units))
    assert len(found.boxes) == 1
    one = found.boxes[0]
    conversion, price, kind = one.limits
    assert conversion.low is None
    assert conversion.high == pytest.approx(0.35, abs=0.02)
    assert (price.low, price.high) == (19.0, None)
    assert kind.values == ("ads", "mail")
    assert one.text().startswith("conversion below 0.3")
    assert one.text().endswith("and price is 19 or 29 and kind is ads or mail")
    assert one.density.low < 0.95 < one.density.high
    assert one.coverage.low < 0.95 * 0.156 / (0.95 * 0.156 + 0.02 * 0.844) < one.coverage.high
    assert one.support.low < 0.156 < one.support.high
    assert one.p_value < 1e-12
    assert min(one.repeated) > 0.5
    assert found.unclear == 0.0
    assert found.to_dict()["boxes"][0]["limits"][1]["low"] == 19.0  # type: ignore[index]


def test_of_noise_a_box_is_claimed_in_one_of_twenty_at_most() -> None:
    """Claims among 100 samples: 11 or more would have a chance of 1 % at 5 %."""
    units = spread(256)
    luck = np.asarray(qmc.LatinHypercube(100, seed=5).random(256))
    claims = [
        bool(discover(sample(np.where(luck[:, i] < 0.4, -1.0, 1.0), units, i)).boxes)
        for i in range(100)
    ]
    assert sum(claims) < 11


def test_what_a_tree_cuts_off_too_early_is_pasted_back() -> None:
    """A cut before the better one leaves losing points of the box outside of it."""
    x = np.repeat(np.linspace(0.0, 1.0, 100), 2)
    kind = np.tile([0.0, 1.0], 100)
    table, bad = np.array([x, kind]).T, (x < 0.4) & (kind == 0.0)
    whole = _pasted({0: Cut(high=0.3), 1: Cut(high=0.5)}, table, bad, 0.6)
    assert whole[0].high == pytest.approx(0.4, abs=0.011)
    assert whole[1] == Cut(high=0.5)
    mirrored = np.array([-x, kind]).T
    other = _pasted({0: Cut(low=-0.3), 1: Cut(high=0.5)}, mirrored, bad, 0.9)
    assert other[0].low == pytest.approx(-0.4, abs=0.011)


def test_nothing_to_find_is_said() -> None:
    units = spread(64)
    plain = sample(np.ones(64), units)
    assert discover(plain).reason == "the plan loses at none of the points"
    assert discover(replace(plain, values=-np.ones(64))).reason.startswith("the plan loses at all")
    few = np.ones(64)
    few[:3] = -1.0
    found = discover(replace(plain, values=few))
    assert found.reason == "the plan loses at only 3 of the points: too few to describe"
    assert found.boxes == ()
    few = -few
    few[5] = np.nan
    found = discover(replace(plain, values=few))
    assert (found.missing, len(found.sample)) == (1, 63)
    assert "does not lose at only 3" in found.reason
    with pytest.raises(DataError, match="64 points are too few; take at least 80"):
        discover(plain, least=20)
    with pytest.raises(DataError, match="the sample about clv"):
        discover(plain, Losing("cac", ">", 40.0))


def test_luck_near_the_threshold_is_told() -> None:
    units = spread(64)
    near = sample(np.linspace(-1.0, 1.0, 64), units)
    expected = np.mean(np.abs(near.values) < 0.196)
    assert discover(near).unclear == pytest.approx(expected)


def test_without_scikit_learn_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.tree", None)
    units = spread(64)
    with pytest.raises(DataError, match=r"cvosim\[discovery\]"):
        discover(sample(units[:, 0] - 0.5, units))


@pytest.mark.parametrize(
    ("text", "holds"), [("clv<0", [1, 0, 0]), ("clv <= 0", [1, 1, 0]), ("cac.ads > -1", [0, 1, 1])]
)
def test_conditions(text: str, holds: list[int]) -> None:
    assert Losing.of(text).holds(np.array([-1.0, 0.0, 1.0])).tolist() == list(map(bool, holds))


@pytest.mark.parametrize("text", ["clv", "clv < much", "< 0", "clv = 0", "clv < inf"])
def test_conditions_that_are_none(text: str) -> None:
    with pytest.raises(DataError, match="such as"):
        Losing.of(text)


def test_limits_in_words() -> None:
    columns = [Column.of([1, 2, 3, 4] * 6), Column.of(["a", "b", "c"] * 8)]
    features, table = features_of(columns)
    assert [f.level for f in features] == [-1, 0, 1, 2]
    cuts = {0: Cut(1.5, 3.5), 2: Cut(high=0.5)}
    limits = limits_of(cuts, features, columns, ("price", "kind"))
    assert [limit.text() for limit in limits] == ["price is 2 or 3", "kind is a or c"]
    assert inside(cuts, table).sum() == 8
    assert Limit("x", 0.5, 0.75).text() == "x between 0.5 and 0.75"
    assert Limit("x", 2.0, 2.0, few=True).text() == "x is 2"
    one = limits_of({0: Cut(high=1.5)}, features, columns, ("price", "kind"))
    assert (one[0].text(), one[0].clause()) == ("price is 1", "price is 1")
    many = Column.of([1, 2, 3, 4, 5, 6] * 6)
    features, _ = features_of([many])
    assert limits_of({0: Cut(1.5)}, features, [many], ("n",))[0].text() == "n at least 2"
    assert Limit("x", 0.5).text() == "x above 0.5"


def test_sections_go_by_their_names_unless_two_have_the_same() -> None:
    gold, silver = {"kind": "upsell", "name": "gold", "price": 9}, {"name": "silver", "price": 7}
    assert Column.of([gold, silver, None]).levels == ("none", "with gold", "with silver")
    dearer = {**gold, "price": 19}
    assert len(Column.of([gold, dearer, None]).levels) == 3


def test_luck_by_address() -> None:
    assert sorted(shuffled(50, 3).tolist()) == list(range(50))
    assert shuffled(50, 3).tolist() != shuffled(50, 4).tolist()
    drawn = redrawn(100, 3, 20)
    assert 0 <= drawn.min() < drawn.max() < 100
    assert len({tuple(row) for row in drawn.tolist()}) == 20
