"""All problems of a thoroughly wrong file, at once, in order and word for word."""

from __future__ import annotations

from pathlib import Path

import pytest

from cvosim.errors import ScenarioError
from cvosim.scenario import load_scenario

GOLDEN = Path(__file__).parent / "golden"


def test_every_problem_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(GOLDEN)
    with pytest.raises(ScenarioError) as caught:
        load_scenario("many_problems.yaml")
    expected = (GOLDEN / "many_problems.txt").read_text("utf-8").splitlines()
    assert str(caught.value).splitlines() == expected
    assert len(expected) > 50


def test_problems_come_by_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(GOLDEN)
    with pytest.raises(ScenarioError) as caught:
        load_scenario("many_problems.yaml")
    lines = [problem.line for problem in caught.value.problems]
    assert lines == sorted(lines)
    assert min(lines) == 1
