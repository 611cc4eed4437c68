"""What the codes of the tables stand for, and which columns there are at all."""

from __future__ import annotations

from helpers.full_bazaar import BAZAAR, BUSY
from helpers.scenarios import from_raw

from cvosim.engine.names import names_of
from cvosim.plan import compile_plan
from cvosim.scenario import load_scenario


def test_a_shop_without_surveys_has_no_experience() -> None:
    names = names_of(compile_plan(load_scenario("cdnow")))
    assert not names.experience
    assert not names.extras
    assert names.tiers == ()


def test_a_shop_with_everything() -> None:
    scenario = from_raw(BAZAAR, BUSY)
    names = names_of(compile_plan(scenario))
    assert names.experience
    assert names.extras
    assert names.segments == tuple(segment.name for segment in scenario.market.segments)
    assert names.channels[-1] == "referral"
    assert len(names.subscriptions) > 0
    assert set(names.subscriptions) <= set(names.stages)
    assert len(set(names.stages)) == len(names.stages)
