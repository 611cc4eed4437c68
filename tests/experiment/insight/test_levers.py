from __future__ import annotations

import pytest

from cvosim.errors import DataError
from cvosim.experiment.insight.levers import MECHANISMS, levers_of
from cvosim.scenario import library, load_scenario


@pytest.mark.parametrize("name", library())
def test_every_library_scenario_has_levers(name: str) -> None:
    levers = levers_of(load_scenario(name), [0.1])
    assert levers
    assert {lever.mechanism for lever in levers} <= set(MECHANISMS)
    assert len({lever.name for lever in levers}) == len(levers)
    for lever in levers:
        assert lever.scenarios[0] != load_scenario(name)


def test_changes_one_number_and_keeps_references() -> None:
    base = load_scenario("carpet_cleaning")
    by_name = {lever.name: lever.scenarios[0] for lever in levers_of(base, [0.5])}
    price = by_name["core_offer price"].journey.core_offer
    assert price is not None
    assert (price.price, price.list_price, price.reference_trust) == (373.5, 249.0, 3.3)
    churn = by_name["quarterly_care churn"].journey.profit_maximizers[1]
    assert churn.churn.alpha == pytest.approx(0.334)  # type: ignore[union-attr]


def test_a_conversion_of_1_is_no_lever() -> None:
    sure = load_scenario("carpet_cleaning", ["journey.tripwire.conversion=1"])
    assert "tripwire conversion" not in [lever.name for lever in levers_of(sure)]
    with pytest.raises(DataError, match="sizes: must be above 0 and below 1"):
        levers_of(sure, [1.0])
