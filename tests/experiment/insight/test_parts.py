from __future__ import annotations

import pytest

from cvosim.errors import DataError
from cvosim.experiment.insight.parts import MOST_PARTS, Swap, _gone, _mixed
from cvosim.scenario import Scenario, load_scenario

CARPET = "carpet_cleaning"
TRIPWIRE_GONE = ["journey.tripwire=null"]
MANY = [
    *TRIPWIRE_GONE,
    "journey.core_offer.price=229",
    "journey.return_path.nurture.days=[1, 2, 3]",
    "journey.profit_maximizers.stain_guard=null",
]
ADDED = [
    "journey.excite={name: call, conversion: 0.5, trust: 0.8, unit_cost: 2}",
    "journey.repeat_purchases.margin=0.5",
    "market.segments.pet_owners.fit=0.5",
]


def both(changes: list[str]) -> tuple[Scenario, Scenario]:
    return load_scenario(CARPET), load_scenario(CARPET, changes)


@pytest.mark.parametrize("changes", [TRIPWIRE_GONE, MANY, ADDED])
def test_exchanging_nothing_or_everything_gives_either_side(changes: list[str]) -> None:
    baseline, variant = both(changes)
    swap = Swap.of(baseline, variant)
    gone = _gone(baseline, variant)
    everything = {path for part in swap.parts for path in part}
    for wanted, changed in ((baseline, set[str]()), (variant, everything)):
        words = {"name": wanted.name, "description": wanted.description}
        data = _mixed(swap._sides, changed, gone) | words
        data |= {"customers": wanted.customers, "seed": wanted.seed}
        assert Scenario.model_validate(data) == wanted


def test_the_way_back_they_are_the_same_parts() -> None:
    there, back = Swap.of(*both(MANY)), Swap.of(*reversed(both(MANY)))
    assert sorted(there.names) == sorted(back.names)
    assert there.names == ("tripwire", "core_offer", "stain_guard", "return_path.nurture")


def test_what_names_a_removed_stage_is_no_change_of_its_own() -> None:
    swap = Swap.of(*both(MANY))
    only_tripwire = swap.between(frozenset({0}))
    assert only_tripwire == load_scenario(CARPET, TRIPWIRE_GONE).model_copy(
        update={"name": only_tripwire.name, "description": only_tripwire.description}
    )
    the_rest = swap.between(frozenset({1, 2, 3}))
    programs = {program.name: program for program in the_rest.journey.return_path}
    assert list(programs) == ["ten_percent_off", "nurture", "display"]
    assert programs["nurture"].at == ("tripwire", "core_offer")
    assert programs["nurture"].days == (1.0, 2.0, 3.0)


def test_conversions_keep_the_trust_they_were_observed_at() -> None:
    swap = Swap.of(*both([*TRIPWIRE_GONE, "journey.core_offer.price=229"]))
    for subset in (frozenset[int](), frozenset({0}), frozenset({1})):
        core = swap.between(subset).journey.core_offer
        assert core is not None
        assert (core.reference_trust, core.list_price) == (3.3, 249.0)


def test_parts_that_only_work_together_become_one() -> None:
    changes = ["journey.repeat_purchases.after=tripwire", "journey.core_offer=null"]
    swap = Swap.of(*both([*changes, "journey.lead_magnet.conversion=0.3"]))
    assert swap.names == ("lead_magnet", "core_offer + repeat_purchases")
    assert swap.together == ("core_offer + repeat_purchases",)
    assert swap.between(frozenset({0})).journey.core_offer is not None


def test_parts_are_put_together_on_request() -> None:
    swap = Swap.of(*both(MANY), [["core_offer", "journey.profit_maximizers.stain_guard"]])
    assert swap.names == ("tripwire", "core_offer + stain_guard", "return_path.nurture")
    assert swap.together == (), "not because they had to be"
    with pytest.raises(DataError, match='"cor_offer" is no part that differs; these do: tripwire'):
        Swap.of(*both(MANY), [["cor_offer", "tripwire"]])


def test_refuses_in_words() -> None:
    baseline = load_scenario(CARPET)
    renamed = load_scenario(CARPET, ["name=Other", "customers=5", "seed=3"])
    with pytest.raises(DataError, match='"Other" changes no stage of "Carpet cleaning"'):
        Swap.of(baseline, renamed)
    with pytest.raises(DataError, match=r"must have the horizon of .*, 730.* \(got 700.*\)"):
        Swap.of(baseline, load_scenario(CARPET, ["horizon_days=700"]))
    pizza = load_scenario("pizza_chain").model_copy(update={"horizon_days": 730.0})
    with pytest.raises(DataError, match=f"at most {MOST_PARTS} can be told apart"):
        Swap.of(baseline, pizza)
