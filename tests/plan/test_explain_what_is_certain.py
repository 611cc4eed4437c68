"""What is certain is no chance, and is not listed as one."""

from __future__ import annotations

import pytest
from helpers.whole_journey import WHOLE_JOURNEY

from cvosim.plan import PlanRow, compile_plan, explain_plan
from cvosim.scenario import load_scenario


def explained(tmp_path: object, **changes: object) -> dict[tuple[str, str], PlanRow]:
    from pathlib import Path

    path = Path(str(tmp_path)) / "whole.yaml"
    path.write_text(WHOLE_JOURNEY, "utf-8")
    overrides = [f"{key.replace('__', '.')}={value}" for key, value in changes.items()]
    plan = compile_plan(load_scenario(path, overrides))
    return {(row.stage, row.step): row for row in explain_plan(plan)}


@pytest.mark.parametrize(("targeting", "listed"), [(1.0, False), (0.99, True)])
def test_targeting_that_never_misses(tmp_path: object, targeting: float, listed: bool) -> None:
    rows = explained(tmp_path, journey__engage__targeting=targeting)
    assert (("engage", "targeting") in rows) is listed


@pytest.mark.parametrize(("lift", "listed"), [(0.0, False), (0.01, True)])
def test_content_that_lifts_nobody(tmp_path: object, lift: float, listed: bool) -> None:
    rows = explained(tmp_path, journey__engage__lift=lift)
    assert (("engage", "lift") in rows) is listed
