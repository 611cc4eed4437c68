"""Common random numbers: whom a change does not touch lives the same life, event by event."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from helpers.full_bazaar import BAZAAR, BUSY
from helpers.ledger import named_events
from helpers.scenarios import Raw, from_raw, raw_scenarios, stage_keys
from hypothesis import given, settings

from cvosim.engine.driver import run_kernel
from cvosim.experiment.simulate import Simulation, simulate
from cvosim.plan import compile_plan
from cvosim.scenario import load_scenario
from cvosim.tables.schema import EventKind

CUSTOMERS = 6000
COLUMNS = (
    *("segment", "channel", "awareness", "exit_reason", "unsubscribed", "alive", "orders"),
    *("arrival_time", "first_order_time", "last_order_time", "revenue", "cost_of_goods"),
    *("touch_cost", "acquisition_cost", "discounted_revenue", "discounted_cost", "rate"),
    *("drop_out", "spend_level", "bills", "refunds", "reward_cost", "satisfaction", "effort"),
    *("deliveries", "tickets", "returns", "tier", "exposures", "rungs_climbed"),
    *("advocated_time", "invited", "testimonials", "partner"),
)
"""What a life leaves behind, whatever the journey's stages are called and numbered."""

Flags = np.ndarray[Any, np.dtype[np.bool_]]


@cache
def bazaar(*changes: str) -> Simulation:
    """The fullest shop, where most people buy."""
    scenario = from_raw(BAZAAR, (*BUSY, *changes))
    return simulate(scenario, customers=CUSTOMERS, events=True)


def never_accepted(stage: str) -> Callable[[Simulation], Flags]:
    """Those who did not say yes there."""
    return lambda run: np.isnan(
        run.customers.columns.stage_time[run.customers.names.stages.index(stage)]
    )


def never_reached(*stages: str) -> Callable[[Simulation], Flags]:
    """Those to whom it was not put."""
    return lambda run: ~np.logical_or.reduce([run.customers.has_reached(s) for s in stages])


def never_delivered(run: Simulation) -> Flags:
    return run.customers.columns.deliveries == 0


def without_tier(run: Simulation) -> Flags:
    return run.customers.columns.tier == 0


def never_bought(run: Simulation) -> Flags:
    return run.customers.columns.orders == 0


def never_started_repeat(run: Simulation) -> Flags:
    return np.isnan(run.customers.columns.rate)


def never_touched(program: str) -> Callable[[Simulation], Flags]:
    return lambda run: (
        run.customers.columns.program_cost[run.customers.names.programs.index(program)] == 0
    )


def of_another_channel(channel: str) -> Callable[[Simulation], Flags]:
    return lambda run: run.customers.columns.channel != run.customers.names.channels.index(channel)


def everybody(run: Simulation) -> Flags:
    return np.ones(len(run.customers), bool)


@pytest.mark.parametrize(
    ("change", "untouched", "differs"),
    [
        ("journey.engage.lift=0.9", never_accepted("engage"), "rungs_climbed"),
        ("journey.engage.content.joke.unit_cost=3", never_reached("engage"), None),
        ("journey.engage=null", never_reached("engage"), None),
        ("journey.excite.trust=4", never_accepted("excite"), "revenue"),
        ("journey.excite=null", never_reached("excite"), "revenue"),
        ("journey.tripwire.attendance=0.9", never_accepted("tripwire"), "revenue"),
        ("journey.core_offer.price=300", never_reached("core_offer"), "revenue"),
        ("journey.profit_maximizers.rug.aim=null", never_reached("tour"), "orders"),
        ("journey.profit_maximizers.club.trial_conversion=0.9", never_accepted("club"), "bills"),
        ("journey.profit_maximizers.club.contract.notice_days=20", never_accepted("club"), None),
        ("journey.profit_maximizers.diet.commission=0.5", never_accepted("diet"), "revenue"),
        ("journey.experience.ticket.probability=0.6", never_delivered, "tickets"),
        ("journey.experience.delivery.mean_days=9", never_bought, "satisfaction"),
        ("journey.experience.effects.drop_out=-2", never_delivered, None),
        ("journey.loyalty.tiers.silver.reward_share=0.3", without_tier, "reward_cost"),
        ("journey.loyalty.tiers.silver.drop_out=9", without_tier, None),
        ("journey.return_path.we_miss_you.conversion=0.9", never_touched("we_miss_you"), "orders"),
        ("journey.return_path.we_miss_you=null", never_touched("we_miss_you"), "orders"),
        ("journey.return_path.wishes=null", never_started_repeat, None),
        ("journey.repeat_purchases.frequency.a=3", never_started_repeat, "drop_out"),
        ("seasonality.purchases=null", never_started_repeat, "orders"),
        ("channels.banner.budget=2000", of_another_channel("banner"), "acquisition_cost"),
        ("channels.talk.effects.core_offer=2", of_another_channel("talk"), "revenue"),
        ("journey.referral.invitations.mean=3", everybody, "invited"),
        ("journey.referral.advocates.promoter=0.9", never_delivered, "invited"),
        ("journey.referral.reward.advocate=99", everybody, None),
    ],
)
def test_customers_that_a_change_does_not_touch(
    change: str, untouched: Callable[[Simulation], Flags], differs: str | None
) -> None:
    """Market prospects; ``differs`` is a column in which the others are to be told apart."""
    base, variant = bazaar(), bazaar(change)
    same = untouched(base)[:CUSTOMERS]
    assert same.any()
    skipped = {"invited"} if untouched is everybody else set()
    for name in set(COLUMNS) - skipped:
        ours = getattr(base.customers.columns, name)[..., :CUSTOMERS][..., same]
        theirs = getattr(variant.customers.columns, name)[..., :CUSTOMERS][..., same]
        np.testing.assert_array_equal(ours, theirs, err_msg=name)
    if differs is not None:
        ours, theirs = (getattr(run.customers.columns, differs) for run in (base, variant))
        assert (ours[..., :CUSTOMERS] != theirs[..., :CUSTOMERS]).any()
    assert_same_events(base, variant, same, skip=EventKind.REFERRED if skipped else None)


def assert_same_events(
    base: Simulation, variant: Simulation, same: Flags, skip: EventKind | None
) -> None:
    told = []
    for run in (base, variant):
        assert run.events is not None
        who = run.events.columns.customer_id
        which = who < CUSTOMERS
        which[which] = same[who[which].astype(np.int64)]
        which &= run.events.columns.kind != (255 if skip is None else skip)
        told.append(named_events(run, which))
    for name, column in told[0].items():
        np.testing.assert_array_equal(column, told[1][name], err_msg=name)


@pytest.mark.parametrize(
    ("change", "stage"),
    [
        ("journey.core_offer.price=199", "core_offer"),
        ("journey.core_offer.conversion=0.4", "core_offer"),
        ("journey.tripwire=null", "tripwire"),
        ("journey.return_path.nurture.open=0.5", "tripwire"),
        ("journey.repeat_purchases.spend.v=80", "stain_guard"),
    ],
)
def test_customers_that_a_change_does_not_touch_keep_every_bit(change: str, stage: str) -> None:
    """Who never met the stage that was changed lives the same life, event by event."""
    count = 20_000
    plans = [
        compile_plan(load_scenario("carpet_cleaning", overrides)) for overrides in ([], [change])
    ]
    base, variant = (run_kernel(plan, 7, 0, count, events=True) for plan in plans)
    assert base.events is not None
    assert variant.events is not None
    bit = np.uint64(1 << [str(name) for name in plans[0].stage_names].index(stage))
    untouched = (base.customers.reached & bit) == 0
    assert 0 < untouched.sum() < count
    for name in ("revenue", "discounted_cost", "acquisition_cost", "orders", "exit_reason"):
        a, b = getattr(base.customers, name), getattr(variant.customers, name)
        assert a[untouched].tobytes() == b[untouched].tobytes(), name
        assert name not in ("revenue", "discounted_cost") or a.tobytes() != b.tobytes()
    ours, theirs = (run.events for run in (base, variant))
    mine, yours = (untouched[events.customer_id.astype(np.int64)] for events in (ours, theirs))
    for name in ("customer_id", "time", "kind", "revenue", "cost"):
        a, b = getattr(ours, name)[mine], getattr(theirs, name)[yours]
        assert a.tobytes() == b.tobytes(), name


@given(raw=raw_scenarios(fewest=1))
@settings(max_examples=40)
def test_adding_a_stage_at_the_end_changes_nothing_before_it(raw: Raw) -> None:
    """Dropping the last maximizer leaves all earlier stages' times as they were."""
    make_the_end_the_end(raw)
    with_it = simulate(from_raw(raw), customers=200).customers
    last = with_it.names.stages[-1]
    dropped = (f"journey.profit_maximizers.{last}=null",)
    without = simulate(from_raw(raw, dropped), customers=200).customers
    assert without.names.stages == with_it.names.stages[:-1]
    for name in ("stage_time", "segment", "channel", "awareness", "arrival_time"):
        ours = getattr(with_it.columns, name)[..., :200]
        kept = ours[:-1] if name == "stage_time" else ours
        theirs = getattr(without.columns, name)[..., :200]
        assert np.ascontiguousarray(kept).tobytes() == np.ascontiguousarray(theirs).tobytes(), name


def make_the_end_the_end(raw: Raw) -> None:
    """Take away all by which an order made at the last stage may come back to an earlier one.

    That is the trust that an experience brings, aims at what was ordered, and messages that a
    retention program may end, which counts its time from the last order; nor may repeat buying
    or a reward wait for the last stage.
    """
    journey = raw["journey"]
    journey.pop("order", None)
    journey["return_path"] = [program for program in journey["return_path"] if "at" in program]
    parts = [*journey["profit_maximizers"], *journey["return_path"]]
    for part in parts + [part for part in journey.values() if isinstance(part, dict)]:
        for bought in ("tiers", "min_orders", "min_spend", "max_days_since_order"):
            part.get("aim", {}).pop(bought, None)
        if "on_decline" in part:
            part["on_decline"] = "continue"  # so that people get there
    journey.get("experience", {}).get("effects", {}).pop("trust", None)
    *_, earlier, last = stage_keys(journey)
    reward = journey.get("referral", {}).get("reward", {})
    for part, key in ((journey.get("repeat_purchases", {}), "after"), (reward, "at")):
        if part.get(key) == last:
            part[key] = earlier


@given(raw=raw_scenarios())
@settings(max_examples=25)
def test_the_same_run_again_is_the_same(raw: Raw) -> None:
    first, second = (simulate(from_raw(raw), customers=60, events=True) for _ in range(2))
    assert first.manifest.plan_hash == second.manifest.plan_hash
    assert first.events is not None
    assert second.events is not None
    for ours, theirs in (
        (first.customers.columns, second.customers.columns),
        (first.customers.referred, second.customers.referred),
        (first.events.columns, second.events.columns),
    ):
        for name, a, b in zip(ours._fields, ours, theirs, strict=True):
            np.testing.assert_array_equal(a, b, err_msg=name)


def three_steps(order: list[str], trust_weight: float) -> Simulation:
    """Everybody is put three offers at once, each of which brings trust."""
    steps = {"tripwire": 0.3, "excite": 0.5, "core_offer": 0.4}
    journey: Raw = {"order": ["tripwire", "excite", "core_offer"]}
    for name, conversion in steps.items():
        offer = {"name": f"the_{name}", "conversion": conversion, "trust": 2.0}
        offer |= {"trust_weight": trust_weight, "on_decline": "continue"}
        journey[name] = offer if name == "excite" else offer | {"price": 10}
    market = {"propensity_sd": 0.5}
    raw = {"schema_version": 1, "name": "Three", "horizon_days": 5, "market": market}
    swap = f"journey.order=[{', '.join(order)}]"
    return simulate(from_raw(raw | {"journey": journey}, (swap,)), customers=4000)


@pytest.mark.parametrize("order", list(permutations(("tripwire", "excite", "core_offer"))))
def test_swapped_steps_are_a_variant_with_the_same_luck(order: tuple[str, ...]) -> None:
    """Where trust counts for nothing the order does not matter to anybody."""
    base = three_steps(["tripwire", "excite", "core_offer"], 0.0)
    variant = three_steps(list(order), 0.0)
    assert variant.customers.names.stages == order
    for stage in order:
        ours, theirs = (never_accepted(stage)(run) for run in (base, variant))
        np.testing.assert_array_equal(ours, theirs)


def test_trust_makes_the_order_matter() -> None:
    """What comes first is believed less, what comes last more than where it was observed."""
    written = ["tripwire", "excite", "core_offer"]
    base, variant = (three_steps(order, 1.0) for order in (written, written[::-1]))
    for stage, sign in (("tripwire", 1), ("core_offer", -1)):
        ours, theirs = ((~never_accepted(stage)(run)).mean() for run in (base, variant))
        assert (theirs - ours) * sign > 0.04


def test_swapped_steps_keep_the_trust_that_their_conversions_were_observed_at() -> None:
    swap = "journey.order=[core_offer, tripwire, lead_magnet, profit_maximizers]"
    base, variant = (compile_plan(load_scenario("carpet_cleaning", o)) for o in ([], [swap]))
    assert variant.stage_names[:3].tolist() == ["core_offer", "tripwire", "lead_magnet"]
    order = [2, 1, 0, 3, 4, 5]
    for field in base.decisions.dtype.names or ():
        ours = base.decisions[field][order].tolist()
        assert variant.decisions[field][:6].tolist() == ours
    for field in (name for name in base.offers.dtype.names or () if name.endswith("_site")):
        assert variant.offers[field].tolist() == base.offers[field][order].tolist()
