"""What the odds of a journey hold for: the one line under every table and drawing of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cvosim.plan.diagram import Diagram

AVERAGE = "at average trust and propensity; people differ, and those who get further are keener"
"""For whom the odds are worked out, and why more accept than they say."""


def says_odds(data: Diagram) -> bool:
    """Tell whether a drawing names odds that not everybody need have.

    Examples
    --------
    >>> from cvosim import compile_plan, load_scenario
    >>> from cvosim.plan.diagram import journey_diagram
    >>> names = ("carpet_cleaning", "cdnow")
    >>> [says_odds(journey_diagram(compile_plan(load_scenario(name)))) for name in names]
    [True, False]
    """
    lines = (line for node in data.nodes for line in node.lines)
    # who must accept does so with any trust
    return any("% accept" in line and not line.startswith("100 ") for line in lines)
