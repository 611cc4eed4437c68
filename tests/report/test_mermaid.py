"""The journey as Mermaid text, by the part of its grammar that is used."""

from __future__ import annotations

import re

import pytest
from helpers.scenarios import scenarios
from helpers.whole_journey import whole_journey
from hypothesis import given, settings

from cvosim.plan import compile_plan, explain_plan
from cvosim.plan.diagram import Diagram, Edge, Node, Role, Way, journey_diagram
from cvosim.report.journey_layout import layout_of
from cvosim.report.mermaid import mermaid
from cvosim.scenario import Scenario, library, load_scenario

KEY = r"[a-z][a-z0-9]*"
LABEL = r'"(?:[^"#<>]|#\d+;|<b>|</b>|<br/>)+"'
BOX = re.compile(rf"({KEY})(?:\(\[{LABEL}\]\)|\[{LABEL}\]|\({LABEL}\))")
ARROW = re.compile(rf"({KEY}) (?:-->|-\.->|==>)(?:\|{LABEL}\|)? ({KEY})")
OTHER = re.compile(
    rf"flowchart LR|subgraph {KEY}\[{LABEL}\]|end|classDef (\w+) [a-z]+[-:#,a-z0-9 ]+"
    rf"|class ({KEY}(?:,{KEY})*) \w+"
)
RESERVED = {"end", "graph", "flowchart", "subgraph", "class", "click", "style", "default"}


def read(text: str) -> tuple[list[str], list[tuple[str, str]]]:
    """Boxes and arrows; fails at a line that is neither and not known otherwise."""
    boxes, arrows = [], []
    for line in map(str.strip, text.splitlines()):
        if found := BOX.fullmatch(line):
            boxes.append(found[1])
        elif found := ARROW.fullmatch(line):
            arrows.append((found[1], found[2]))
        else:
            assert OTHER.fullmatch(line), line
    return boxes, arrows


@pytest.fixture(scope="module")
def whole() -> Diagram:
    return journey_diagram(compile_plan(whole_journey()))


def test_it_holds_every_node_and_edge(whole: Diagram) -> None:
    text = mermaid(whole)
    boxes, arrows = read(text)
    assert text.startswith("flowchart LR\n")
    assert sorted([*boxes, "journey"]) == sorted(node.key for node in whole.nodes)
    assert arrows == [(edge.source, edge.target) for edge in whole.edges]
    assert not RESERVED & set(boxes)


def test_it_says_for_whom_the_odds_hold(whole: Diagram) -> None:
    assert "accept: at average trust and propensity" in mermaid(whole)
    certain = journey_diagram(compile_plan(load_scenario("cdnow")))
    assert "average trust" not in mermaid(certain)


def test_stages_and_programs_stand_in_the_journey(whole: Diagram) -> None:
    inside = mermaid(whole).split("subgraph journey")[1].split("\n  end\n")[0]
    found = re.findall(rf"^    ({KEY})[\[(]", inside, re.MULTILINE)
    assert found == [n.key for role in (Role.STAGE, Role.PROGRAM) for n in whole.of_role(role)]


@pytest.mark.parametrize("name", library())
def test_the_library_can_be_written(name: str) -> None:
    boxes, arrows = read(mermaid(journey_diagram(compile_plan(load_scenario(name)))))
    assert {end for arrow in arrows for end in arrow} - {"journey"} == set(boxes)


def test_labels_say_the_way_and_arrows_show_it(whole: Diagram) -> None:
    text = mermaid(whole)
    assert 's0p0 -->|"either way"| s1' in text
    assert 's1 -->|"yes"| s2' in text
    assert 's1p0 -.->|"won back"| s2' in text
    assert 'advocates ==>|"friends arrive"| s0' in text
    assert "repeat -.-> r0" in text


def test_what_has_a_meaning_is_escaped() -> None:
    nodes = (
        Node("market", Role.MARKET, 'a "b" <c>', ("#1; `x|y\\z`",)),
        Node("journey", Role.JOURNEY, "the journey"),
        Node("s0", Role.STAGE, "end"),
    )
    text = mermaid(Diagram(nodes, (Edge("market", "s0", Way.ON, '"'),)))
    assert read(text) == (["market", "s0"], [("market", "s0")])
    assert '["<b>a #34;b#34; #60;c#62;</b><br/>#35;1#59; #96;x#124;y#92;z#96;"]' in text


@settings(max_examples=60)
@given(scenarios())
def test_any_scenario_can_be_explained_written_and_laid_out(scenario: Scenario) -> None:
    plan = compile_plan(scenario)
    rows = explain_plan(plan)
    places = [(row.stage, row.step) for row in rows]
    assert len(places) == len(set(places)), "every row has a name of its own"
    for row in rows:
        odds = [x for x in (row.conversion, row.lowest, row.highest) if x is not None]
        assert all(0.0 <= x <= 1.0 for x in odds), row
        assert row.lowest is None or row.lowest <= row.highest, row
        assert not any("nan" in str(cell) for cell in row), row
    data = journey_diagram(plan)
    boxes, arrows = read(mermaid(data))
    assert {end for arrow in arrows for end in arrow} <= {*boxes, "journey"}
    sheet = layout_of(data)
    assert set(sheet.boxes) == set(boxes) - {"lost"}
    drawn = [node.title for node in data.of_role(Role.STAGE)]
    assert drawn == plan.stage_names.tolist()
