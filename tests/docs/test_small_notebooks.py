"""The notebooks run as scripts and as notebooks, and print what the library says by itself."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest
from helpers.cdnow import END, cdnow_file

from cvosim import Comparison, compare, compile_plan, expected, load_scenario, simulate

ROOT = Path(__file__).parents[2]
NOTEBOOKS = ROOT / "notebooks"
PRICE = "journey.tripwire.price"
HEADER = """\
# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---
"""

if not NOTEBOOKS.is_dir():
    pytest.skip("the notebooks are not part of this distribution", allow_module_level=True)

EVERY = sorted(NOTEBOOKS.glob("*.py"))


def ran(name: str, folder: Path, customers: int) -> str:
    """What a notebook prints as a script, without a display; its files go to ``folder / out``."""
    hidden = ("CVOSIM_NB_", "MPL", "DISPLAY")
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(hidden)}
    done = subprocess.run(
        [sys.executable, "-W", "error::UserWarning", str(NOTEBOOKS / f"{name}.py")],
        env={**inherited, "CVOSIM_NB_N": str(customers), "CVOSIM_NB_OUT": "out"},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert [path.name for path in folder.iterdir()] == ["out"]
    for picture in (folder / "out").glob("*.png"):
        assert picture.stat().st_size > 5000, picture
    return done.stdout


def rows(printed: str, first: str) -> list[list[str]]:
    """Lines of a printed table, from the one whose first cell is this, cell by cell."""
    lines = [line.split() for line in printed.splitlines()]
    start = next(i for i, cells in enumerate(lines) if cells[:1] == [first])
    end = next(i for i, cells in enumerate(lines) if i > start and len(cells) != len(lines[start]))
    return lines[start:end]


@pytest.mark.parametrize("path", EVERY, ids=lambda path: path.stem)
def test_it_is_a_notebook_in_the_percent_format(path: Path) -> None:
    import jupytext

    text = path.read_text(encoding="utf-8")
    assert text.startswith(HEADER)
    notebook = jupytext.reads(text)
    assert notebook.metadata["jupytext"]["text_representation"]["format_name"] == "percent"
    marked = [line for line in text.splitlines() if line.startswith("# %%")]
    assert len(notebook.cells) == len(marked)
    words = [cell for cell in notebook.cells if cell.cell_type == "markdown"]
    assert len(words) == marked.count("# %% [markdown]")
    assert words[0].source.startswith("# ")
    back = jupytext.reads(jupytext.writes(notebook, fmt="py:percent"))
    assert [cell.source for cell in back.cells] == [cell.source for cell in notebook.cells]


def test_the_page_lists_every_notebook_and_no_output_is_committed() -> None:
    page = (NOTEBOOKS / "README.md").read_text(encoding="utf-8")
    assert [path.name for path in EVERY if f"| `{path.name}`" not in page] == []
    git = ["git", "-C", str(ROOT), "ls-files", "*.ipynb"]
    listed = subprocess.run(git, capture_output=True, text=True, check=False)
    if listed.returncode == 0:
        assert listed.stdout == ""


def shown(path: Path, space: dict[str, Any]) -> Iterator[Any]:
    """What Jupyter would show: the values of the last expressions of cells, run one by one."""
    import jupytext

    for number, cell in enumerate(jupytext.read(path).cells):
        if cell.cell_type != "code":
            continue
        tree, place = ast.parse(cell.source), f"{path.stem}, cell {number}"
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, place, "exec"), space)  # noqa: S102 - the project's own notebook
        if last is not None:
            yield eval(compile(ast.Expression(last.value), place, "eval"), space)  # noqa: S307


def test_its_cells_show_their_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CVOSIM_NB_OUT", str(tmp_path))
    monkeypatch.setenv("CVOSIM_NB_N", "1000")
    space: dict[str, Any] = {"__name__": "__main__"}
    values = list(shown(NOTEBOOKS / "tour_strategist.py", space))
    figures = [value for value in values if hasattr(value, "_repr_html_")]
    assert [figure.key for figure in figures] == [
        "journey", "funnel", "cash", "value_spread", "value_waterfall", "stage_waterfall",
        "tornado",
    ]  # fmt: skip
    for figure in figures:
        page = figure._repr_html_()
        assert page.count("<svg") == 1
        assert figure.alt.split(".")[0] in page.replace("&#39;", "'")
        assert (tmp_path / f"{figure.key}.png").is_file()


def test_the_tour_for_strategists(tmp_path: Path) -> None:
    from cvosim.report.text import verdict

    printed = ran("tour_strategist", tmp_path, 2000)
    scenario, without = (
        load_scenario(name) for name in ("carpet_cleaning", "carpet_cleaning_no_tripwire")
    )
    pair = compare([scenario, without], customers=2000)
    assert verdict(pair) in printed
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert verdict(pair).splitlines()[0] in page
    assert page.count("<svg") == int(between(printed, "report.html: ", " pictures"))
    prices = {cells[0]: cells[1:] for cells in rows(printed, "9")}
    for price in ("9", "19", "39", "49"):
        other = load_scenario("carpet_cleaning", ["name=other", f"{PRICE}={price}"])
        found = compare([scenario, other], customers=2000).differences["other"]["clv_per_prospect"]
        wanted = [found.variant, found.difference, found.low, found.high]
        assert [float(cell) for cell in prices[price][:4]] == pytest.approx(wanted, abs=0.0051)
        assert prices[price][4] == ("no" if found.significant else "perhaps")
    beliefs = rows(printed, "3.0")
    assert [float(cell) for cell in beliefs[0][1:]] == pytest.approx(gained(pair), abs=0.0051)
    surely = [float(cells[0]) for cells in beliefs if float(cells[2]) > 0]
    if surely:
        assert f"surely pays down to a trust of {min(surely):g}," in printed


def gained(pair: Comparison) -> list[float]:
    """What the baseline is worth more than the variant, with its interval."""
    found = pair.differences[pair.variants[0]]["clv_per_prospect"]
    return [-found.difference, -found.high, -found.low]


def between(text: str, before: str, after: str) -> str:
    return text.partition(before)[2].partition(after)[0]


def test_the_tour_for_researchers(tmp_path: Path) -> None:
    printed = ran("tour_researcher", tmp_path, 4000)
    scenario = load_scenario("carpet_cleaning")
    few = simulate(scenario, customers=200, events=True)
    assert f"{len(few.events):,} events of 200 customers: equal to the bit" in printed
    changes = ["market.propensity_sd=0", "journey.lead_magnet.time_to_value=null"]
    plain = load_scenario("carpet_cleaning", changes)
    theory = expected(compile_plan(plain))
    measured = simulate(plain, customers=4000).metrics()
    scores = {cells[0]: [float(cell) for cell in cells[1:]] for cells in rows(printed, "cac")[:1]}
    scores |= {cells[0]: list(map(float, cells[1:])) for cells in rows(printed, "cost_per_lead")}
    assert {"cac", "cost_per_lead"} <= set(scores)
    for name, (formula, value, z) in scores.items():
        assert (formula, value) == pytest.approx(
            (theory[name].mean, measured[name].value), abs=6e-5
        )
        error = measured[name].standard_error
        assert z == pytest.approx((value - formula) / error, abs=1e-3)
    low, high = map(float, between(printed, "times smaller (", "); claimed").split(" to "))
    dearer = load_scenario("carpet_cleaning", ["name=Dearer", f"{PRICE}=39"])
    pair = compare([scenario, dearer], customers=4000).differences["Dearer"]
    claimed = pair["conversion.tripwire"].variance_reduction
    assert f"claimed was {claimed:.1f}.\n" in printed
    assert low < claimed < high
    people = pandas.read_parquet(tmp_path / "out" / "customers.parquet")
    events = pandas.read_parquet(tmp_path / "out" / "events.parquet")
    run = simulate(scenario, customers=4000, events=True)
    assert (len(people), len(events)) == (len(run.customers), len(run.events))
    assert f'"plan_hash": "{run.manifest.plan_hash}"' in printed
    one = int(between(printed, "\nCustomer ", ","))
    story = events[events["customer_id"] == one]
    earned = float(run.customers.contribution[one])
    assert story["revenue"].sum() - story["cost"].sum() == pytest.approx(earned)
    assert f"in the customer table: {earned:.2f}" in printed
    for time in story["time"].head(5):
        assert f"day {time:7.1f}" in printed


def test_planning_a_test_on_value(tmp_path: Path) -> None:
    from cvosim.experiment import SplitTest, outcomes, plan_duration
    from cvosim.experiment.duration_question import Question
    from cvosim.report.experiment import experiment_verdict
    from cvosim.scenario import load_experiment

    printed = ran("plan_clv_test", tmp_path, 5000)
    trial = load_experiment("tripwire_price_test")
    pool = outcomes(
        trial.scenarios, ["contribution"], assign_at="tripwire", follow_days=120, customers=5000
    )
    assert f"{len(pool):,} customers come to the offer" in printed
    assert f"brings USD {pool.effect('contribution')[0]:+.2f} a customer" in printed
    ask = Question(effect=0.25, assign_at="tripwire", follow_days=120)
    plan = plan_duration(trial.scenarios[0], "contribution", ask, customers=5000)
    assert plan.summary() in printed
    assert experiment_verdict(SplitTest.of(trial).run(customers=5000)) in printed
    days = f"{plan.days_needed:g}"
    (line,) = [cells for cells in rows(printed, days) if cells[0] == days]
    _, customers, planned, apart, counted, low, high = map(float, line)
    assert customers == int(plan.at(plan.days_needed)["matured"])
    assert planned == pytest.approx(plan.at(plan.days_needed)["power"], abs=6e-4)
    assert low < counted < high
    assert apart < planned  # treated spend is spread more widely
    assert abs(counted - apart) < 0.12  # and skewness does little more
    assert f"days: {days}\n" in printed


def test_cdnow_from_end_to_end(tmp_path: Path) -> None:
    from cvosim.clv import fit_orders, read_orders
    from cvosim.clv.orders.days import parse_day

    cdnow_file()  # or skip
    printed = ran("cdnow", tmp_path, 4000)
    fit = fit_orders(read_orders(tmp_path / "out" / "orders.csv"), parse_day(END))
    _, *others = fit.summary().splitlines()  # the first names the file with its folder
    assert "\n".join(others) in printed
    bg = next(one for one in fit.fits if one.law.name == "bg_nbd")
    published = {"r": 0.243, "alpha_days": 7 * 4.414, "a": 0.793, "b": 2.426}
    assert bg.params_ == pytest.approx(published, rel=2e-3)
    table = [line.split() for line in printed.splitlines()]
    assert ["bg_nbd", "r", "0.243", f"{bg.params_['r']:.4f}"] in [
        [*cells[:2], cells[2].rstrip("0"), *cells[3:]] for cells in table if len(cells) == 4
    ]
    assert "13 of 13 do." in printed
    scenario = load_scenario(tmp_path / "out" / "cdnow_calibrated.yaml")
    found = scenario.journey.repeat_purchases.frequency
    assert found.alpha_days == pytest.approx(30.8952, abs=1e-3)
    weeks = next(line.split() for line in printed.splitlines() if line.startswith("weeks held out"))
    real, model, simulated, error = map(float, weeks[3:])
    assert real == pytest.approx(fit.summary_.holdout.mean(), abs=6e-5)
    total, deviation = bg.forecast(273)
    assert model == pytest.approx(total / 2357, abs=6e-5)
    assert abs(simulated - model) < 4.0 * np.hypot(error, deviation / 2357)


def test_a_sweep_on_dask(tmp_path: Path) -> None:
    from cvosim.experiment.sweeps.design import sweep_design
    from cvosim.experiment.sweeps.run import run_sweep
    from cvosim.scenario.template import load_sweep

    printed = ran("sweep", tmp_path, 100)
    points = pandas.read_parquet(tmp_path / "out" / "results.parquet")
    assert len(points) == 16 * 64
    here = run_sweep(sweep_design(*load_sweep("carpet_cleaning_prices"), customers=100))
    line = f"{len(points):,} points, hash {here.manifest.hash[:12]}"
    assert printed.count(line) == 2  # here, and on Dask
    prices = [PRICE, "journey.core_offer.price"]
    means = points.groupby(prices)["clv_per_prospect"].mean().round(2)
    assert all(f"{mean:.2f}" in printed for mean in means)
