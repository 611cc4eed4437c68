"""Designs: which points a sweep runs, and which customers each meets."""

from __future__ import annotations

from collections import Counter
from itertools import combinations, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cvosim.errors import DataError, ScenarioError
from cvosim.experiment.sweeps.design import (
    Factor,
    SweepDesign,
    factors_of,
    grid,
    latin_hypercube,
    listed,
    points_for,
    sobol,
    sweep_design,
)
from cvosim.experiment.sweeps.laws import Choice, Normal, Range, Uniform
from cvosim.scenario import load_scenario
from cvosim.scenario.sweep import GridDesign, LatinHypercubeDesign, SobolDesign, Sweep
from cvosim.scenario.template import load_sweep, load_template

PRICE = Factor("journey.tripwire.price", "lever", (9, 19, 29))
CORE = Factor("journey.core_offer.price", "lever", law=Range(199.0, 299.0))
CONVERSION = Factor("journey.core_offer.conversion", "uncertainty", law=Uniform(0.1, 0.3))
COST = Factor("journey.core_offer.unit_cost", "uncertainty", law=Normal(120.0, 10.0))
ALL = (PRICE, CORE, CONVERSION, COST)
LHS = [
    [0.602136267305, 0.619979581925],
    [0.329698886401, 0.29314397925],
    [0.818892331375, 0.797327057852],
]
SOBOL = [[0.287916578818, 0.912805756088], [0.817356749903, 0.14431892382]]


def test_a_grid_combines_everything() -> None:
    choice = Factor("x", "uncertainty", law=Choice(("a", "b"), (9.0, 1.0)))
    points = grid([PRICE, CORE, CONVERSION, choice], levels=4)
    assert len(points) == len(set(points)) == 3 * 4 * 4 * 2
    middles = (0.125, 0.175, 0.225, 0.275)
    expected = product((9, 19, 29), (199.0, 199 + 100 / 3, 199 + 200 / 3, 299.0), middles, "ab")
    for found, wanted in zip(points, expected, strict=True):
        assert found[0] == wanted[0]
        assert found[3] == wanted[3]
        assert found[1:3] == pytest.approx(wanted[1:3])
    assert grid([]) == ((),)


def test_a_grid_that_is_too_large_says_its_count() -> None:
    with pytest.raises(DataError, match=r"a grid of 1,001,000 points \(1001 x 1000\) is too large"):
        grid([Factor("a", values=range(1001)), Factor("b", values=range(1000))])  # type: ignore[arg-type]


def test_a_latin_hypercube_is_stratified_in_every_margin() -> None:
    points, units = latin_hypercube(ALL, 120, seed=3)
    assert units.shape == (120, 4)
    assert ((units >= 0.0) & (units < 1.0)).all()
    for column in units.T:
        assert sorted((column * 120).astype(int)) == list(range(120))
    assert Counter(point[0] for point in points) == {9: 40, 19: 40, 29: 40}
    for point, unit in zip(points, units, strict=True):
        assert point == tuple(factor.at(float(u)) for factor, u in zip(ALL, unit, strict=True))


def test_sobol_points_are_balanced() -> None:
    points, units = sobol(ALL, 256, seed=3)
    assert len(points) == 256
    assert ((units > 0.0) & (units < 1.0)).all()
    for column in units.T:
        assert sorted((column * 256).astype(int)) == list(range(256))
    for one, other in combinations(range(2), 2):  # a (0, m, 2)-net in the first two
        cells = Counter(zip(*(units[:, [one, other]].T * 16).astype(int).tolist(), strict=True))
        assert set(cells.values()) == {1}
        assert len(cells) == 256


@pytest.mark.parametrize("make", [latin_hypercube, sobol])
def test_samples_are_the_seeds(make: Any) -> None:
    first, again, other = (make(ALL, 64, seed=seed)[1] for seed in (7, 7, 8))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert make(ALL, 64, seed=2**64 - 1)[0]
    assert make([], 4)[0] == ((), (), (), ())


def test_a_sample_that_must_not_move() -> None:
    """Stores of sweeps rest on it: the same file gives the same points in every version."""
    units = latin_hypercube(ALL[:2], 3, seed=7)[1]
    assert units == pytest.approx(np.array(LHS))
    assert sobol(ALL[:2], 2, seed=7)[1] == pytest.approx(np.array(SOBOL))


@pytest.mark.parametrize(
    ("points", "words"),
    [(3, "write 2 or 4 (got 3)"), (1000, "write 512 or 1024 (got 1000)"), (0, "between 1 and")],
)
def test_sobol_takes_powers_of_two(points: int, words: str) -> None:
    with pytest.raises(DataError) as caught:
        sobol(ALL, points)
    assert words in str(caught.value)


def test_the_keyword_that_scipy_renamed(monkeypatch: pytest.MonkeyPatch) -> None:
    from scipy.stats import qmc

    from cvosim.experiment.sweeps.factors import _sampler

    class Old:
        def __init__(self, d: int, *, scramble: bool = True, seed: int | None = None) -> None:
            self.said = (d, scramble, seed)

    class New:
        def __init__(self, d: int, *, scramble: bool = True, rng: int | None = None) -> None:
            self.said = (d, scramble, rng)

    said = [_sampler(kind, 3, "sobol", 5).said for kind in (Old, New)]
    assert said[0] == said[1]
    assert said[0][2] > 2**32
    assert _sampler(qmc.Sobol, 3, "sobol", 5).random(4).shape == (4, 3)


def test_crossed_every_lever_meets_the_same_uncertainties() -> None:
    design = SobolDesign(kind="sobol", points=8, levels=2)
    points, units = points_for(ALL, design, cross=True, seed=5)
    assert units is None
    assert len(points) == 3 * 2 * 8
    by_levers: dict[Any, list[Any]] = {}
    for point in points:
        by_levers.setdefault(point[:2], []).append(point[2:])
    assert list(by_levers) == list(product((9, 19, 29), (199.0, 299.0)))
    first, *others = by_levers.values()
    assert all(other == first for other in others)
    assert first == list(sobol([CONVERSION, COST], 8, seed=5)[0])
    mixed = points_for((CONVERSION, PRICE), design, cross=True, seed=5)[0]
    assert {point[1] for point in mixed} == {9, 19, 29}


def test_crossed_without_either() -> None:
    design = LatinHypercubeDesign(kind="latin_hypercube", points=5)
    assert len(points_for([CONVERSION], design, cross=True)[0]) == 5
    assert len(points_for([PRICE], design, cross=True)[0]) == 15
    grid_points = points_for(ALL, GridDesign(kind="grid", levels=2), cross=True)[0]
    assert grid_points == grid(ALL, 2)


def test_a_list_of_points() -> None:
    assert listed([PRICE, CORE], [[5, 1.5], (None, 2.0)]) == ((5, 1.5), (None, 2.0))
    with pytest.raises(DataError, match="point 1: has 1 values for 2 factors"):
        listed([PRICE, CORE], [[1, 2], [3]])
    with pytest.raises(DataError, match="needs at least one"):
        listed([PRICE], [])


def design(points: Any, factors: Any = (PRICE,), **more: Any) -> SweepDesign:
    options = {"outcomes": ("cac",), "customers": 1000, **more}
    return SweepDesign(load_template("carpet_cleaning"), factors, points, **options)


def test_customers_of_points_and_replicates() -> None:
    common = design(((9,), (19,), (29,)), replicates=2)
    assert [tuple(common.span(p, r)) for p in (0, 2) for r in (0, 1)] == [
        (0, 1000), (1000, 1000), (0, 1000), (1000, 1000),
    ]  # fmt: skip
    own = design(((9,), (19,), (29,)), replicates=2, common_luck=False)
    spans = [own.span(p, r).first for p in range(3) for r in range(2)]
    assert spans == [0, 1000, 2000, 3000, 4000, 5000]
    assert own.template.scenario.customers == 1000
    assert own.seed == load_scenario("carpet_cleaning").seed


def test_changes_remove_last() -> None:
    """What is set in a stage before it is taken away does no harm; afterwards it would."""
    stage = Factor("journey.return_path.nurture", "lever", (None,))
    cap = Factor("journey.return_path.display.cpm", "lever", (3,))
    made = design(((None, 3),), (stage, cap))
    assert list(made.changes(0)) == [cap.path, stage.path]
    assert made.template.at(made.changes(0))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: design(((9, 1),)), "point 0: has 2 values for 1 factors"),
        (lambda: design(()), "needs at least one point"),
        (lambda: design(((9,),), outcomes=()), "needs at least one outcome"),
        (lambda: design(((9,),), customers=0), "must be at least 1"),
        (lambda: design(((9, 9),), (PRICE, PRICE)), "journey.tripwire.price: is a factor twice"),
        (lambda: design(((9,),), (Factor("seed", values=(1,)),)), "seed: is the same for all"),
        (lambda: Factor("a"), "a: a factor has values or a law, one of both"),
        (lambda: Factor("a", "lever", (1,), Uniform(0.0, 1.0)), "a: a factor has values or a law"),
        (lambda: Factor("a", "else", (1,)), "a: a factor is a lever or an uncertainty"),
    ],
)
def test_what_is_no_design(make: Any, words: str) -> None:
    with pytest.raises(DataError) as caught:
        make()
    assert words in str(caught.value)


def test_a_sections_design() -> None:
    levers: dict[str, Any] = {PRICE.path: [9, 19, 29], CORE.path: {"low": 199.0, "high": 299.0}}
    law = {"kind": "uniform", "low": 0.1, "high": 0.3}
    sweep = Sweep(
        levers=levers,
        uncertainties={CONVERSION.path: law},  # type: ignore[dict-item]
        design={"kind": "sobol", "points": 16},  # type: ignore[arg-type]
        customers=2000,
        replicates=3,
        common_luck=False,
    )
    template = load_template("carpet_cleaning")
    made = sweep_design(template, sweep)
    assert made.factors == factors_of(sweep) == (PRICE, CORE, CONVERSION)
    assert made.points == sobol(made.factors, 16, template.scenario.seed)[0]
    assert made.units is not None
    assert made.units.shape == (16, 3)
    assert (made.customers, made.replicates, made.common_luck) == (2000, 3, False)
    assert made.template.at(made.changes(5)).customers == 2000
    other = sweep_design(template, sweep, customers=50, seed=99)
    assert (other.customers, other.seed) == (50, 99)
    assert other.points != made.points


def test_neither_levers_nor_uncertainties_is_one_point() -> None:
    made = sweep_design(load_template("carpet_cleaning"), Sweep())
    assert made.points == ((),)
    assert made.template.at(made.changes(0)) == load_scenario("carpet_cleaning")


def test_whole_numbers_in_steps(tmp_path: Path) -> None:
    text = "{extends: carpet_cleaning, name: s, sweep: {levers: {LEVER}}}".replace(
        "LEVER", "journey.return_path.display.frequency_cap: {low: 5, high: 20, step: 5}"
    )
    (tmp_path / "s.yaml").write_text(text, "utf-8")
    made = sweep_design(*load_sweep(tmp_path / "s.yaml"))
    caps = [made.template.at(made.changes(p)).journey.return_path[2] for p in range(4)]
    assert [getattr(cap, "frequency_cap", None) for cap in caps] == [5, 10, 15, 20]


def test_customers_beyond_reason_are_refused() -> None:
    with pytest.raises(ScenarioError, match="customers: must be"):
        design(((9,),), customers=2**41)
