"""What cannot happen after an order is not drawn."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers.whole_journey import WHOLE_JOURNEY

from cvosim.plan import compile_plan
from cvosim.plan.diagram import journey_diagram
from cvosim.scenario import load_scenario

FIELDS = {
    "journey.experience.ticket.probability": "raise a ticket",
    "journey.experience.returned.probability": "send it back",
}


def lines(path: Path, *overrides: str) -> str:
    path.write_text(WHOLE_JOURNEY, "utf-8")
    diagram = journey_diagram(compile_plan(load_scenario(path, overrides)))
    return "\n".join(next(n for n in diagram.nodes if n.title == "experience").lines)


@pytest.mark.parametrize("setting", FIELDS)
@pytest.mark.parametrize(("chance", "drawn"), [(0, False), (0.02, True)])
def test_what_never_happens(setting: str, chance: float, drawn: bool, tmp_path: Path) -> None:
    told = lines(tmp_path / "whole.yaml", f"{setting}={chance}")
    assert (FIELDS[setting] in told) is drawn
    assert ("2 % " + FIELDS[setting] in told) is drawn


def test_channels_that_bring_nobody_at_first(tmp_path: Path) -> None:
    """Referral has no share of the market: friends come later, by an arrow of their own."""
    path = tmp_path / "whole.yaml"
    path.write_text(WHOLE_JOURNEY, "utf-8")
    diagram = journey_diagram(compile_plan(load_scenario(path)))
    said = [line for node in diagram.nodes for line in node.lines]
    assert any(line.startswith("organic ") for line in said)
    assert not any(line.startswith("referral ") for line in said)
    assert not any("more channel" in line for line in said)
