"""Arrivals, costs and seasons of a plan, worked out by hand from `helpers.full_bazaar`."""

from __future__ import annotations

import math

import pytest
from helpers.full_bazaar import BAZAAR
from helpers.scenarios import from_raw

from cvosim.plan import compile_plan
from cvosim.plan.plan import Plan
from cvosim.randomness.distributions import Distribution

FLYERS, POSTS, BANNER, RADIO, TALK, REFERRAL = range(6)
# Day 0 is Wednesday, 25 March 2026; the months' multipliers of arrivals are 2, 0.5, 1 and 1.
MARCH, APRIL, MAY = range(7), range(7, 37), range(37, 68)
NO_TIERS = (
    "journey.profit_maximizers.rug=null",
    "journey.return_path.we_miss_you=null",
    "journey.loyalty=null",
)
"""Takes loyalty away, and what is aimed at its tiers."""


def bazaar(*overrides: str) -> Plan:
    return compile_plan(from_raw(BAZAAR, overrides))


@pytest.fixture(scope="module")
def plan() -> Plan:
    return bazaar()


def month(day: int) -> float:
    return 2.0 if day in MARCH else 0.5 if day in APRIL else 1.0


def by_day(plan: Plan, channel: int) -> list[float]:
    """Each day's share of a channel's arrivals."""
    first, count = plan.channels["first_day"][channel], plan.channels["n_days"][channel]
    running = plan.arrival_days[first : first + count].tolist()
    return [b - a for a, b in zip([0.0, *running], running, strict=False)]


def shares(weights: list[float]) -> list[float]:
    total = math.fsum(weights)
    return [weight / total for weight in weights]


def test_a_steady_rate_follows_the_months(plan: Plan) -> None:
    """500 people at 25 a day: 20 days, 7 of them in March."""
    expected = shares([2.0] * 7 + [0.5] * 13)
    assert by_day(plan, FLYERS) == pytest.approx(expected, abs=1e-12)


def test_a_launch_has_an_exponential_tail(plan: Plan) -> None:
    """By days since day 4; what the horizon cuts off comes after it, in no month."""
    left = [math.exp(-day / 6) for day in range(78)]
    falls = [a - b for a, b in zip(left, [*left[1:], 0.0], strict=True)]
    months = [*(month(4 + day) for day in range(77)), 1.0]
    expected = shares([a * b for a, b in zip(falls, months, strict=True)])
    assert by_day(plan, POSTS) == pytest.approx(expected, abs=1e-12)


def test_a_launch_in_the_middle_of_a_day_starts_there() -> None:
    """Without a season it is the day of the launch plus an exponential wait, exactly."""
    launch = "channels.posts.arrivals={kind: burst, at_day: 2.5, mean_days: 0.5}"
    row = bazaar("seasonality.arrivals=null", launch).channels[POSTS]
    assert (row["start"], row["n_days"]) == (2.5, 0)
    assert (row["arrival_kind"], row["arrival_a"]) == (Distribution.EXPONENTIAL, 0.5)


def test_a_week_has_its_pattern_and_a_month_its_multiplier(plan: Plan) -> None:
    """From Wednesday on, nobody on a Sunday; of the last day only a half is left."""
    march, april = [3, 4, 5, 6, 0, 1, 2], [3, 4, 5 / 2]
    expected = shares([2.0 * weight for weight in march] + [0.5 * weight for weight in april])
    assert by_day(plan, BANNER) == pytest.approx(expected, abs=1e-12)


def test_counted_arrivals_have_their_season_in_them(plan: Plan) -> None:
    counted = [max(0.0, 40.0 - 3 * day) for day in range(110)]
    assert by_day(plan, RADIO) == pytest.approx(shares(counted), abs=1e-12)
    first = plan.channels["first_day"][RADIO]
    assert plan.arrival_days[first + 13 :].tolist() == [1.0] * 97


def test_every_curve_ends_at_one(plan: Plan) -> None:
    for row in plan.channels[plan.channels["n_days"] > 0]:
        assert plan.arrival_days[row["first_day"] + row["n_days"] - 1] == 1.0


def test_without_a_season_a_steady_rate_needs_no_curve() -> None:
    steady = bazaar("seasonality.arrivals=null")
    assert steady.channels["n_days"].tolist() == [0, 0, 10, 110, 0, 0]
    assert steady.channels["arrival_b"][FLYERS] == 20
    weights = [3, 4, 5, 6, 0, 1, 2, 3, 4, 2.5]
    assert by_day(steady, BANNER) == pytest.approx(shares(weights), abs=1e-12)


def test_a_season_of_equal_months_changes_no_curve() -> None:
    twelve = "[7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7]"
    flat, none = bazaar(f"seasonality.arrivals={twelve}"), bazaar("seasonality.arrivals=null")
    for channel in (BANNER, RADIO):
        assert by_day(flat, channel) == pytest.approx(by_day(none, channel), abs=1e-13)
    assert by_day(flat, FLYERS) == pytest.approx([1 / 20] * 20, abs=1e-13)


def test_uniform_arrivals_follow_the_months_too() -> None:
    ten = bazaar("channels.talk.arrivals={kind: uniform, over_days: 8.5}")
    assert ten.channels["arrival_kind"][TALK] == Distribution.UNIFORM
    # nine entries of 8.5 / 9 days each, so that nobody comes after day 8.5
    assert by_day(ten, TALK) == pytest.approx(shares([2.0] * 7 + [0.5] * 2), abs=1e-13)
    assert ten.channels["day_length"][TALK] == 8.5 / 9


def test_purchases_are_kept_by_the_month_s_share_of_the_best_month(plan: Plan) -> None:
    """3, 1.5, 0, 3, 6: half the mean in March, none in April, the mean in May, twice in June."""
    assert plan.season.tolist() == [0.25] * 7 + [0.0] * 30 + [0.5] * 31 + [1.0] * 13
    assert len(plan.season) == math.ceil(80.5)
    without = bazaar("seasonality.purchases=null")
    assert len(without.season) == 0
    assert without.repeat["season_peak"].tolist() == [0.0]


@pytest.mark.parametrize(
    ("budget", "reached", "cost"),
    [(500, 0.2, 500 / 600), (1000, 0.5, 1000 / 1500), (2000, 0.8, 2000 / 2400), (0, 0.0, 0.0)],
)
def test_a_doubled_budget_reaches_more_at_a_higher_cost_each(
    budget: float, reached: float, cost: float
) -> None:
    """Hill of shape 2 around 1,000: twice 1,000 reaches 0.8, not 1, of the 3,000."""
    channels = bazaar(f"channels.banner.budget={budget}").channels
    assert channels["reached"][BANNER] == pytest.approx(reached)
    assert channels["cost"][BANNER] == pytest.approx(cost)
    assert channels["cumulative_share"].tolist() == pytest.approx([0.25, 0.4, 0.7, 0.8, 1, 1])


def test_a_poisson_channel_that_is_reached_in_part_is_used_up_sooner() -> None:
    """2,000 people, 0.3 of them the banner's, 0.2 of those reached: 120 at 10 a day."""
    steady = bazaar(
        "seasonality.arrivals=null", "channels.banner.arrivals={kind: poisson, per_day: 10}"
    )
    assert steady.channels["arrival_b"][BANNER] == pytest.approx(12)


@pytest.mark.parametrize(
    ("overrides", "looks_back", "keeps"),
    [
        ((), 1, 1),
        (("journey.referral=null",), 1, 1),
        (("journey.referral=null", "journey.experience=null"), 1, 1),
        (("journey.referral=null", *NO_TIERS, "journey.return_path=[]"), 1, 1),
        (("journey.referral=null", *NO_TIERS, "journey.experience=null"), 0, 1),
    ],
)
def test_what_a_plan_must_look_back_at(
    overrides: tuple[str, ...], looks_back: int, keeps: int
) -> None:
    world = bazaar(*overrides).world[0]
    assert (world["looks_back"], world["keeps_extras"]) == (looks_back, keeps)


def test_only_the_journey_itself_looks_nowhere() -> None:
    """Anniversaries go by themselves; engagement is counted in the extra columns."""
    bare = ["journey.referral=null", "journey.experience=null", *NO_TIERS]
    world = bazaar(*bare).world[0]
    assert (world["looks_back"], world["keeps_extras"]) == (0, 1)
    world = bazaar(*bare, "journey.engage=null").world[0]
    assert (world["looks_back"], world["keeps_extras"]) == (0, 0)


def test_loyalty_may_count_money() -> None:
    assert bazaar("journey.loyalty.measure=spend").world["tiers_by_orders"].tolist() == [0]


def test_running_shares_never_fall_whatever_rounding_does() -> None:
    """A steep launch has sums that pass 1 by a rounding error before its last day."""
    steep = bazaar("channels.posts.arrivals={kind: burst, at_day: 0, mean_days: 0.328125}")
    first, count = steep.channels["first_day"][POSTS], steep.channels["n_days"][POSTS]
    running = steep.arrival_days[first : first + count]
    assert (running[1:] >= running[:-1]).all()
    assert running[-1] == running.max() == 1.0
