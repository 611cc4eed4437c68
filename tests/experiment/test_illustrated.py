"""Scenarios with what their figures are drawn from: one story, told by two ways of simulating."""

from __future__ import annotations

import math
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import pytest

from cvosim import compile_plan, load_scenario, simulate
from cvosim.engine.driver import run_kernel
from cvosim.errors import CvosimError, ScenarioError
from cvosim.experiment.illustrated import (
    CloseUp,
    Illustrated,
    close_up,
    illustrate,
    illustrated,
    stage_split,
)
from cvosim.experiment.sides import Side, live, versus
from cvosim.metrics.columns import BLOCK
from cvosim.metrics.portrait import portrait
from cvosim.report.worth import worth_of
from cvosim.scenario import Scenario, library
from cvosim.tables.columns import in_canonical_order

MANY = 2 * BLOCK + 300


def numbers(found: Any) -> list[Any]:
    """Every number of a portrait, in order."""
    if is_dataclass(found):
        return [x for field in fields(found) for x in numbers(getattr(found, field.name))]
    if hasattr(found, "items"):
        return [x for name, one in found.items() for x in (name, *numbers(one))]
    if isinstance(found, tuple):
        return [x for one in found for x in numbers(one)]
    return np.asarray(found).ravel().tolist()


@pytest.mark.parametrize("name", ["carpet_cleaning", "pizza_chain"])
def test_close_ups_are_portraits_of_the_whole_run(name: str) -> None:
    scenario = load_scenario(name)
    found = close_up(live(scenario, customers=MANY))
    run = simulate(scenario, customers=MANY, events=True)
    assert run.events is not None
    wanted = portrait(
        run.customers, run.events, horizon=float(scenario.horizon_days),
        discount_rate=scenario.economics.discount_rate,
    )  # fmt: skip
    one, other = numbers(found.portrait), numbers(wanted)
    assert len(one) == len(other) > 1000
    for mine, yours in zip(one, other, strict=True):
        if isinstance(yours, str):
            assert mine == yours
        else:
            assert mine == pytest.approx(yours, rel=1e-8, abs=1e-9, nan_ok=True)


@pytest.mark.parametrize("name", ["carpet_cleaning", "pizza_chain"])
def test_threads_change_nothing(name: str) -> None:
    side = live(load_scenario(name), customers=MANY)
    one, other = close_up(side, threads=1), close_up(side, threads=3)
    assert np.array_equal(one.worth, other.worth)
    assert repr(numbers(one.portrait)) == repr(numbers(other.portrait))


def test_a_block_may_grow_more_than_the_whole_may() -> None:
    """A cap that the whole keeps to, and a part of it does not, is nothing to complain about."""
    changes = [f"customers={2 * BLOCK}"]
    plan, seed = compile_plan(load_scenario("pizza_chain", changes)), 3
    starts = (0, BLOCK)
    counts = [len(run_kernel(plan, seed, start, BLOCK).referred.root) for start in starts]
    assert abs(counts[0] - counts[1]) > 2
    cap = (1 + 1e-9) * sum(counts) / (2 * BLOCK)
    tight = load_scenario("pizza_chain", [*changes, f"journey.referral.cap={cap}"])
    side = live(tight, seed=seed)
    with pytest.raises(CvosimError, match="the cap of"):
        run_kernel(compile_plan(tight), seed, starts[counts.index(max(counts))], BLOCK)
    value = side.metrics["clv_with_referrals"].value
    assert close_up(side).portrait.stages.value.sum() == pytest.approx(value, rel=1e-9)


@pytest.mark.parametrize("name", library())
def test_parts_add_up_for_every_scenario(name: str) -> None:
    side = live(load_scenario(name), customers=3000)
    found = close_up(side)
    stages = found.portrait.stages
    values = side.metrics.get("clv_with_referrals", side.metrics["clv_per_prospect"])
    assert stages.value.sum() == pytest.approx(values.value, rel=1e-9)
    assert found.worth.shape == (len(stages.names), 3000)
    assert found.worth.mean(axis=1) == pytest.approx(stages.value, rel=1e-12)
    # what a prospect is worth by itself, one by one
    own = [row for row, part in enumerate(stages.names) if part != "word_of_mouth"]
    wanted = side.table.discounted_contribution[: side.table.n_market]
    assert found.worth[own].sum(axis=0) == pytest.approx(wanted, rel=1e-9, abs=1e-9)


CHANGES = {
    "price": ("carpet_cleaning", "journey.tripwire.price=39"),
    "no tripwire": ("carpet_cleaning", "journey.tripwire=null"),
    "no return path": ("dating_consultant", "journey.return_path=null"),
    "more friends": ("pizza_chain", "journey.referral.invitations.mean=6"),
    "no friends": ("pizza_chain", "journey.referral=null"),
    "no repeat purchases": ("gun_cleaning", "journey.repeat_purchases=null"),
    "dearer money": ("saas", "economics.discount_rate=0.4"),
}


@pytest.fixture(scope="module", params=CHANGES)
def pair(request: pytest.FixtureRequest) -> Illustrated:
    name, change = CHANGES[request.param]
    scenarios = [load_scenario(name), load_scenario(name, ["name=Other", change])]
    return illustrate(scenarios, customers=9000)


def test_splits_add_up_to_what_the_verdict_is_about(pair: Illustrated) -> None:
    assert pair.comparison is not None
    split, worth = pair.stages["Other"], worth_of(pair.comparison, "Other")
    assert worth.difference is not None
    assert split.difference.sum() == pytest.approx(worth.difference, rel=1e-9)
    assert split.baseline.sum() == pytest.approx(worth.baseline, rel=1e-9)
    assert split.variant - split.baseline == pytest.approx(split.difference, rel=1e-12)
    both = {name: part.stages.names for name, part in pair.portraits.items()}
    assert set(split.names) == {part for names in both.values() for part in names}
    assert len(set(split.names)) == len(split.names)
    kept = [part for part in split.names if part in both[pair.scenarios[0].name]]
    assert tuple(kept) == both[pair.scenarios[0].name]


@pytest.mark.parametrize("name", ["no tripwire", "no friends"])
def test_errors_of_splits_are_those_of_paired_differences(name: str) -> None:
    base, change = CHANGES[name]
    sides = [
        live(load_scenario(base, changes), customers=2000)
        for changes in ([], ["name=Other", change])
    ]
    close = [close_up(side) for side in sides]
    split = stage_split(*close)
    known = [dict(zip(one.portrait.stages.names, one.worth, strict=True)) for one in close]
    zero = np.zeros(2000)
    for row, part in enumerate(split.names):
        one, other = (each.get(part, zero) for each in known)
        assert split.baseline[row] == pytest.approx(one.mean(), abs=1e-12)
        assert split.variant[row] == pytest.approx(other.mean(), abs=1e-12)
        error = (other - one).std(ddof=1) / math.sqrt(2000)
        assert split.standard_error[row] == pytest.approx(error, rel=1e-6, abs=1e-12)
    lacking = "tripwire" if name == "no tripwire" else "word_of_mouth"
    place = split.names.index(lacking)
    assert split.variant[place] == 0.0 != split.baseline[place]


def test_errors_of_splits_are_those_of_replications() -> None:
    """100 seeds: a standard deviation is off by 7 %, so 30 % is four of its errors."""
    scenarios = [
        load_scenario("carpet_cleaning"),
        load_scenario("carpet_cleaning", ["name=Other", "journey.tripwire.price=49"]),
    ]
    found = []
    for seed in range(100):
        close = [close_up(_side(each, seed)) for each in scenarios]
        found.append(stage_split(*close))
    row = [found[0].names.index(part) for part in ("tripwire", "nurture", "core_offer")]
    spread = np.array([one.difference[row] for one in found]).std(axis=0, ddof=1)
    errors = np.array([one.standard_error[row] for one in found])
    assert spread == pytest.approx(np.sqrt((errors**2).mean(axis=0)), rel=0.3)


def _side(scenario: Scenario, seed: int) -> Side:
    return live(scenario, customers=1500, seed=seed)


def test_all_of_it_is_there() -> None:
    scenarios = [load_scenario("cdnow"), load_scenario("cdnow", ["name=Other", "customers=9"])]
    found = illustrate(scenarios, customers=800, seed=3)
    assert (found.currency, found.customers, found.seed) == (scenarios[0].currency, 800, 3)
    assert found.horizon_days == 546
    names = [scenario.name for scenario in scenarios]
    assert [scenario.name for scenario in found.scenarios] == names
    assert all((each.customers, each.seed) == (800, 3) for each in found.scenarios)
    for mapping in (found.metrics, found.manifests, found.portraits):
        assert list(mapping) == names
    assert list(found.stages) == ["Other"]
    assert not found.stages["Other"].difference.any()
    assert found.comparison is not None
    assert found.comparison.identical["Other"] == 1.0
    assert found.metrics["cdnow" if "cdnow" in names else names[0]]["prospects"].value == 800


def test_one_scenario_alone() -> None:
    found = illustrate([load_scenario("cdnow")], customers=500)
    assert found.comparison is None
    assert not found.stages
    assert len(found.portraits) == 1


def test_by_hand_as_the_page_does_it() -> None:
    scenarios = [load_scenario("cdnow"), load_scenario("cdnow", ["name=B", "horizon_days=546"])]
    sides = [live(each, customers=500) for each in scenarios]
    close: list[CloseUp] = [close_up(side) for side in sides]
    found = illustrated(sides, close, versus(sides[0], sides[1:], only=set()))
    assert found.comparison is not None
    assert "orders" not in found.comparison.differences["B"]
    assert list(found.stages) == ["B"]


def test_what_cannot_be_compared_is_refused_before_anything_runs() -> None:
    scenarios = [load_scenario("cdnow"), load_scenario("carpet_cleaning")]
    with pytest.raises(ScenarioError, match="horizon"):
        illustrate(scenarios, customers=2**39)


@pytest.mark.parametrize("name", ["carpet_cleaning", "pizza_chain"])
@pytest.mark.parametrize("chunk", [None, 700])
def test_events_by_customer_are_the_same_events(name: str, chunk: int | None) -> None:
    plan = compile_plan(load_scenario(name))
    wanted = run_kernel(plan, 7, 0, 2000, events=True).events
    found = run_kernel(plan, 7, 0, 2000, events="by customer", chunk=chunk).events
    assert wanted is not None
    assert found is not None
    assert not (np.diff(found.time) >= 0).all()
    who = found.customer_id
    begins = np.flatnonzero(np.append(True, who[1:] != who[:-1]))
    assert len(begins) == len(np.unique(who))  # everybody's stand together
    inside = np.setdiff1d(np.arange(1, len(who)), begins)
    assert (found.time[inside] >= found.time[inside - 1]).all()
    for one, other in zip(in_canonical_order(found), wanted, strict=True):
        assert np.array_equal(one, other)
