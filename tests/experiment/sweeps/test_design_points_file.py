"""Lists of points in CSV files, and everything wrong with them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cvosim.errors import ScenarioError
from cvosim.experiment.sweeps.design import sweep_design
from cvosim.experiment.sweeps.laws import Uniform
from cvosim.experiment.sweeps.points_file import read_points
from cvosim.scenario.sweep import Sweep
from cvosim.scenario.template import load_sweep, load_template

PRICE, ORDER = "journey.tripwire.price", "journey.core_offer.price"
Said = Callable[..., str]


@pytest.fixture
def said(tmp_path: Path) -> Said:
    """What is said about a file, without its folder."""

    def say(text: str | bytes, sweep: Sweep | None = None) -> str:
        path = tmp_path / "p.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        with pytest.raises(ScenarioError) as caught:
            read_points(path, load_template("carpet_cleaning"), sweep)
        return str(caught.value).replace(f"{tmp_path}/", "")

    return say


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_list_in_its_columns(tmp_path: Path, delimiter: str) -> None:
    text = f"\ufeff{PRICE},{ORDER},journey.return_path.nurture\n9,199,null\n 19 ,1e2,null\n\n"
    (tmp_path / "p.csv").write_text(text.replace(",", delimiter), "utf-8")
    factors, points = read_points(tmp_path / "p.csv", load_template("carpet_cleaning"))
    assert points == ((9, 199, None), (19, 100.0, None))
    assert [factor.path for factor in factors] == [PRICE, ORDER, "journey.return_path.nurture"]
    assert [factor.values for factor in factors] == [(9, 19), (199, 100.0), (None,)]
    assert {factor.role for factor in factors} == {"lever"}


def test_through_a_scenario_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "points").mkdir()
    (tmp_path / "points" / "p.csv").write_text(f"{ORDER},{PRICE}\n249,9\n199,19\n", "utf-8")
    law = "{kind: uniform, low: 9, high: 29}"
    sweep = f"{{levers: {{{ORDER}: [199, 249]}}, uncertainties: {{{PRICE}: {law}}}, "
    sweep += "design: {kind: list, file: points/p.csv}}"
    file = tmp_path / "s.yaml"
    file.write_text(f"{{extends: carpet_cleaning, name: s, sweep: {sweep}}}", "utf-8")
    monkeypatch.chdir("/")
    design = sweep_design(*load_sweep(file))
    assert design.points == ((249, 9), (199, 19))
    assert [factor.role for factor in design.factors] == ["lever", "uncertainty"]
    assert design.factors[0].values == (199, 249)
    assert design.factors[1].law == Uniform(9.0, 29.0)
    assert design.units is None


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f"{PRICE},journey.core_ofer.price\n9,1\n",
         'p.csv:1:24: journey.core_ofer.price: no such path: no "core_ofer" in journey; did you '
         'mean "core_offer"?'),
        (f"{PRICE},,\n9,1,2\n",
         "p.csv:1:24: a column without a name; its header must be a path\n"
         "p.csv:1:25: a column without a name; its header must be a path"),
        (f"{PRICE},{PRICE}\n9,1\n",
         f'p.csv:1:24: {PRICE}: the column "{PRICE}" stands there twice'),
        ("seed\n9\n", "p.csv:1:1: seed: is the same for all points; leave the column out"),
        (f"{PRICE},{ORDER}\n9,1\n9\n9,1,2\n",
         "p.csv:3:1: has 1 cells where the header has 2\n"
         "p.csv:4:1: has 3 cells where the header has 2"),
        (f"{PRICE},{ORDER}\n9,1\n19,\n",
         f"p.csv:3:4: {ORDER}: is empty; every point needs its value (null removes)"),
        (f"{PRICE},{ORDER}\n9,1\n19,-5\n", f"p.csv:3:4: {ORDER}: must be at least 0 (got -5)"),
        (f"{PRICE},{ORDER}\n9,1\n19,5%\n",
         f'p.csv:3:4: {ORDER}: must be a number, at least 0 (got "5%"); it is an amount of money, '
         "not a part of one"),
        (f"{PRICE}\n.inf\n", f"p.csv:2:1: {PRICE}: must be a finite number (got .inf)"),
        (f"{PRICE}\n", "p.csv: has a header but no points; write a header of paths, then one line "
         "a point"),
        ("", "p.csv: is empty; write a header of paths, then one line a point"),
        (b"PK\x03\x04...", "p.csv: is a spreadsheet or an archive; save it as CSV"),
        (b"a\n\xff\n", "p.csv:2:1: is not UTF-8 text; save it as CSV UTF-8"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(said: Said, text: str | bytes, line: str) -> None:
    assert said(text) == line


def test_columns_are_those_that_the_sweep_names(said: Said) -> None:
    sweep = Sweep(levers={PRICE: [1], ORDER: [2]})
    assert said(f"{PRICE},journey.core_offer.pric\n1,2\n", sweep) == (
        'p.csv:1:24: journey.core_offer.pric: "journey.core_offer.pric" is neither a lever nor an '
        f'uncertainty of this sweep; did you mean "{ORDER}"?\n'
        f'p.csv:1:1: has no column "{ORDER}", which the sweep names'
    )


def test_no_such_file(tmp_path: Path) -> None:
    (tmp_path / "points.csv").write_text("a\n", "utf-8")
    template = load_template("carpet_cleaning")
    with pytest.raises(ScenarioError, match=r'no such file; did you mean "points\.csv"\?'):
        read_points(tmp_path / "point.csv", template)
    with pytest.raises(ScenarioError, match="is a folder; name a CSV file"):
        read_points(tmp_path, template)


def test_many_problems_are_cut_short(said: Said) -> None:
    lines = said(f"{PRICE}\n" + "-1\n" * 50).splitlines()
    assert len(lines) == 21
    assert "and 30 more problems like these" in lines[-1] + lines[0]
