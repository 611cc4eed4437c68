"""Referred people: who they are, where they stand, and that they keep their luck."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from helpers.full_bazaar import BAZAAR, BUSY
from helpers.scenarios import Raw, from_raw, scenarios
from hypothesis import given, settings

from cvosim.engine.driver import run_kernel
from cvosim.engine.reference import run_reference
from cvosim.errors import CvosimError
from cvosim.experiment.simulate import Simulation, simulate
from cvosim.plan import compile_plan
from cvosim.plan.plan import Plan
from cvosim.randomness.draws_plain import draw
from cvosim.randomness.philox_plain import friend_id
from cvosim.scenario import Scenario
from cvosim.tables.columns import NOBODY

CUSTOMERS = 2500


@cache
def bazaar(*changes: str) -> Simulation:
    """The fullest shop, with friends of friends."""
    more = ("journey.referral.invitations.mean=2.5", "journey.referral.invitations.delay=null")
    scenario = from_raw(BAZAAR, (*BUSY, *more, *changes))
    return simulate(scenario, customers=CUSTOMERS)


@given(scenario=scenarios())
@settings(max_examples=60)
def test_every_friend_has_its_place(scenario: Scenario) -> None:
    """Nobody is invented, nobody is forgotten, and all stand in the order agreed upon."""
    check_families(simulate(scenario, customers=60))


def test_friends_of_friends_have_their_places() -> None:
    run = bazaar()
    assert run.customers.generation.max() >= 3
    check_families(run)


def check_families(run: Simulation) -> None:
    table, plan = run.customers, compile_plan(run.scenario)
    market, ids = table.n_market, table.customer_id
    rows = {int(who): row for row, who in enumerate(ids)}
    assert len(rows) == len(table)
    assert (table.referrer_id[:market] == NOBODY).all()
    invited = {key for key in expected_friends(run, plan) if key[2] < run.scenario.horizon_days}
    columns, places = table.columns, []
    for row in range(market, len(table)):
        parent = rows[int(table.referrer_id[row])]
        assert parent < row
        assert table.generation[row] == table.generation[parent] + 1
        assert table.root[row] == table.root[parent]
        assert plan.channel_names[columns.channel[row]] == "referral"
        arrival = float(columns.arrival_time[row])
        k = next(k for k in range(1000) if friend_id(ids[parent], k) == ids[row])
        assert (int(ids[parent]), k, arrival) in invited
        places.append((table.root[row], table.generation[row], parent, k))
    assert len(places) == len(invited)
    assert all(one < other for one, other in pairwise(places))
    if len(plan.referral):
        assert not (columns.channel[:market] == len(plan.channels) - 1).any()


def expected_friends(run: Simulation, plan: Plan) -> set[tuple[int, int, float]]:
    """Referrer, number and arrival of everybody who was invited."""
    table, found = run.customers, set()
    for row in np.flatnonzero(table.columns.invited):
        terms, who = plan.referral[0], int(table.customer_id[row])
        start = float(table.columns.advocated_time[row])
        for k in range(int(table.columns.invited[row])):
            law = (int(terms["delay_kind"]), float(terms["delay_a"]), float(terms["delay_b"]))
            days = draw(*law, run.scenario.seed, who, int(terms["delay_site"]), k)
            found.add((who, k, start + days))
    return found


@pytest.mark.parametrize(
    "change",
    [
        "journey.excite=null",
        "journey.engage=null",
        "journey.tripwire=null",
        "journey.profit_maximizers.box=null",
        "journey.core_offer.price=190",
        "journey.core_offer.conversion=0.8",
        "journey.experience.delivery.mean_days=6",
        "journey.referral.invitations.mean=1.5",
        "journey.referral.effects.core_offer=1",
        "journey.loyalty.tiers.silver.reward_share=0.5",
        "seasonality.purchases=null",
        "customers=1000",
        "journey.order=[lead_magnet, core_offer, excite, tripwire, engage, profit_maximizers]",
    ],
)
def test_friends_keep_their_luck_whatever_else_changes(change: str) -> None:
    """The same friend of the same referrer is the same person in both runs."""
    base, variant = bazaar(), bazaar(change)
    ids, ours, theirs = np.intersect1d(
        base.customers.referred.customer_id,
        variant.customers.referred.customer_id,
        return_indices=True,
    )
    assert len(ids) > 100
    a, b = People(base, ours), People(variant, theirs)
    for name in ("referrer_id", "generation", "segment", "awareness"):
        np.testing.assert_array_equal(a.of(name), b.of(name), err_msg=name)
    np.testing.assert_allclose(a.delay(), b.delay(), atol=1e-9)
    assert_same_where(a.of("rate"), b.of("rate"))
    assert_same_where(a.of("drop_out"), b.of("drop_out"))
    both = ~np.isnan(a.of("advocated_time")) & ~np.isnan(b.of("advocated_time"))
    assert both.sum() > 5
    for name in ("testimonials", "partner"):
        np.testing.assert_array_equal(a.of(name)[both], b.of(name)[both], err_msg=name)
    if "invitations" not in change:
        np.testing.assert_array_equal(a.of("invited")[both], b.of("invited")[both])


class People:
    """Some of a run's referred people."""

    def __init__(self, run: Simulation, places: np.ndarray[Any, Any]) -> None:
        self.table = run.customers
        self.rows = places + run.customers.n_market

    def of(self, name: str) -> np.ndarray[Any, Any]:
        holder = self.table if hasattr(self.table, name) else self.table.columns
        found: np.ndarray[Any, Any] = getattr(holder, name)[self.rows]
        return found

    def delay(self) -> np.ndarray[Any, Any]:
        """Days between the invitation and the arrival."""
        ids = self.table.customer_id
        order = np.argsort(ids)
        parents = order[np.searchsorted(ids, self.of("referrer_id"), sorter=order)]
        started: np.ndarray[Any, Any] = self.table.columns.advocated_time[parents]
        return self.of("arrival_time") - started


def assert_same_where(ours: np.ndarray[Any, Any], theirs: np.ndarray[Any, Any]) -> None:
    """Equal where both are known, which is the case for some."""
    known = ~np.isnan(ours) & ~np.isnan(theirs)
    assert known.sum() > 20
    np.testing.assert_array_equal(ours[known], theirs[known])


def test_a_seed_chooses_who_invites_but_not_the_ids_of_friends() -> None:
    """An id is a function of referrer and number alone, whatever the seed and the scenario."""
    ids = {friend_id(referrer, k) for referrer in (0, 7, 2**63 + 5) for k in range(50)}
    assert len(ids) == 150
    assert all(2**63 <= who < 2**64 for who in ids)
    assert set(bazaar("seed=3").customers.referred.customer_id) & set(
        bazaar().customers.referred.customer_id
    )


def chain_reaction(mean: float, cap: float) -> Raw:
    """Everybody buys at once, is delighted and tells others at once."""
    return {
        "schema_version": 1,
        "name": "Chain reaction",
        "horizon_days": 30,
        "journey": {
            "core_offer": {"name": "works", "price": 10, "conversion": 1},
            "experience": {"satisfaction": {"mean": 10, "sd": 0}},
            "referral": {
                "advocates": {"promoter": 1},
                "invitations": {"mean": mean, "delay": {"kind": "exponential", "mean_days": 1}},
                "cap": cap,
            },
        },
    }


Engine = Callable[[Plan], object]


@pytest.mark.parametrize(
    "engine",
    [
        lambda plan: run_kernel(plan, 1, 0, 50),
        lambda plan: run_kernel(plan, 1, 0, 50, chunk=7, threads=2, events=True),
        lambda plan: run_kernel(plan, 1, 0, 50, chunk=1),
        lambda plan: run_reference(plan, 1, 0, 50),
    ],
)
def test_growth_without_end_is_refused_in_words(engine: Engine) -> None:
    """What is too much, why, and what to change."""
    plan = compile_plan(from_raw(chain_reaction(mean=3.0, cap=4.25)))
    with pytest.raises(CvosimError) as refusal:
        engine(plan)
    for words in ("K ", "cap", "4.25", "invitations.mean", "advocates", "horizon_days"):
        assert words in str(refusal.value)


def test_the_cap_counts_the_people_of_the_whole_run() -> None:
    """As many as the cap allows are let in; one more is refused."""
    raw = chain_reaction(mean=0.5, cap=1000)
    count = len(run_kernel(compile_plan(from_raw(raw)), 1, 0, 200).referred.customer_id)
    assert count > 100
    raw["journey"]["referral"]["cap"] = count / 200
    for chunk in (None, 9):
        run = run_kernel(compile_plan(from_raw(raw)), 1, 0, 200, chunk=chunk)
        assert len(run.referred.customer_id) == count
    raw["journey"]["referral"]["cap"] = (count - 1) / 200
    for chunk in (None, 9):
        with pytest.raises(CvosimError, match="cap"):
            run_kernel(compile_plan(from_raw(raw)), 1, 0, 200, chunk=chunk)


def test_a_rare_cap_is_rounded_up() -> None:
    """Half a person for each of three prospects: two may come."""
    raw = chain_reaction(mean=0.5, cap=0.5)
    for seed in range(40):
        free = run_reference(compile_plan(from_raw(chain_reaction(0.5, 1000))), seed, 0, 3)[1]
        plan, count = compile_plan(from_raw(raw)), len(free.customer_id)
        for run in (run_kernel, run_reference):
            if count <= 2:
                run(plan, seed, 0, 3)
            else:
                with pytest.raises(CvosimError, match="cap"):
                    run(plan, seed, 0, 3)
