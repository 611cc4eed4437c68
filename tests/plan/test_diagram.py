"""The drawn journey is the plan's: who comes from where to where."""

from __future__ import annotations

import re

import pytest
from helpers.whole_journey import whole_journey

from cvosim.plan import compile_plan
from cvosim.plan.diagram import Diagram, Edge, Role, Way, journey_diagram
from cvosim.scenario import load_scenario


@pytest.fixture(scope="module")
def whole() -> Diagram:
    return journey_diagram(compile_plan(whole_journey()))


def of(name: str, *overrides: str) -> Diagram:
    return journey_diagram(compile_plan(load_scenario(name, list(overrides))))


def ways(diagram: Diagram, source: str, target: str) -> list[tuple[Way, str]]:
    """How one gets from a title to another."""
    titles = {node.key: node.title for node in diagram.nodes}
    return [
        (edge.way, edge.label)
        for edge in diagram.edges
        if (titles[edge.source], titles[edge.target]) == (source, target)
    ]


def test_stages_stand_in_walked_order() -> None:
    order = "journey.order=[core_offer, lead_magnet, tripwire, profit_maximizers]"
    found = of("carpet_cleaning", order).of_role(Role.STAGE)
    assert [node.title for node in found][:3] == ["core_offer", "lead_magnet", "tripwire"]
    skipped = of("carpet_cleaning", "journey.order=[tripwire, core_offer]")
    assert [node.title for node in skipped.of_role(Role.STAGE)] == ["tripwire", "core_offer"]


def test_every_edge_joins_two_nodes_and_every_node_is_met(whole: Diagram) -> None:
    keys = [node.key for node in whole.nodes]
    assert len(keys) == len(set(keys))
    assert all(re.fullmatch("[a-z][a-z0-9]*", key) for key in keys)
    ends = {end for edge in whole.edges for end in (edge.source, edge.target)}
    assert ends == set(keys)


def test_the_way_of_a_stage_with_programs() -> None:
    found = of("carpet_cleaning")
    assert ways(found, "tripwire", "core_offer") == [(Way.ON, "yes")]
    assert ways(found, "tripwire", "ten_percent_off") == [(Way.NO, "no")]
    assert ways(found, "ten_percent_off", "core_offer") == [(Way.WON_BACK, "won back")]
    assert ways(found, "ten_percent_off", "nurture") == [(Way.NO, "no")]
    assert ways(found, "nurture", "core_offer") == [(Way.WON_BACK, "won back")]
    assert (Way.NO, "no") in ways(found, "nurture", "lost")
    assert ways(found, "stain_guard", "quarterly_care") == [(Way.ON, "yes or no")]
    assert ways(found, "whole_home_restoration", "journey complete") == [(Way.ON, "yes or no")]
    assert ways(found, "core_offer", "repeat_purchases") == [(Way.AFTER, "orders again")]


def test_declining_may_lose_at_once_or_go_on() -> None:
    alone = "journey.return_path=[]"
    lost = of("carpet_cleaning", alone, "journey.tripwire.on_decline=exit")
    assert ways(lost, "tripwire", "lost") == [(Way.NO, "no")]
    on = of("carpet_cleaning", alone, "journey.tripwire.on_decline=continue")
    assert ways(on, "tripwire", "core_offer") == [(Way.ON, "yes or no")]
    assert not on.of_role(Role.PROGRAM)


def test_where_nobody_declines_nobody_is_lost() -> None:
    found = of("cdnow")
    assert found.edges[1] == Edge("s0", "complete", Way.ON, "all")
    assert "lost" not in {node.key for node in found.nodes}


def test_customers_come_back_and_bring_friends(whole: Diagram) -> None:
    assert ways(whole, "repeat_purchases", "cake") == [(Way.AFTER, "")]
    assert ways(whole, "cake", "repeat_purchases") == [(Way.WON_BACK, "won back")]
    assert ways(whole, "the journey", "experience") == [(Way.AFTER, "each order")]
    assert ways(whole, "the journey", "loyalty") == [(Way.AFTER, "each order")]
    assert ways(whole, "experience", "advocates") == [(Way.AFTER, "first survey")]
    assert ways(whole, "advocates", "engage") == [(Way.REFERRED, "friends arrive")]


def test_boxes_say_the_odds_that_the_journey_leads_to(whole: Diagram) -> None:
    lines = {node.title: node.lines for node in whole.nodes}
    assert lines["market"][:2] == ("facebook 65 %", "(75 % of them reached)")
    assert lines["engage"] == ("2 pieces of content", "3 exposures")
    assert lines["tripwire"] == ("30 to 39 % accept", "45 % attend")
    assert lines["care"] == (
        "30 to 39 % accept",
        "14 free days",
        "50 to 59.9 % pay then",
        "19 every 30 days",
    )
    assert lines["stain_guard"][-1] == "only: segment pet_owners, tier gold, at least 2 orders"
    assert lines["advocates"] == ("30 % of promoters", "5 % of passives", "1.2 friends each")
    dropped = {node.title: node.lines for node in of("carpet_cleaning_no_tripwire").nodes}
    assert dropped["core_offer"][0] == "1.6 to 2.4 % accept"


def test_many_channels_are_counted() -> None:
    channels = ", ".join(f"{{name: c{i}, kind: paid, share: 0.125}}" for i in range(8))
    market = of("cdnow", f"channels=[{channels}]").nodes[0]
    assert len(market.lines) == 6
    assert market.lines[-1] == "and 3 more channels"
