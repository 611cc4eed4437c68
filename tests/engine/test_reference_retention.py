"""The reference engine: win-back, anniversary and birthday; moved appointments."""

from __future__ import annotations

import math

import pytest
from helpers.small_plans import (
    FOLLOW_UP,
    SEED,
    fixed,
    live,
    make_plan,
    names,
)

from cvosim.engine.reference_calendar import Calendar, Clock, Waits
from cvosim.plan.plan import Plan, ProgramKind, RepeatModel
from cvosim.randomness.distributions import Distribution
from cvosim.randomness.draws_plain import exponential, normal
from cvosim.randomness.philox_plain import uniform
from cvosim.tables.schema import ExitReason

WIN_BACK, ANNIVERSARY, BIRTHDAY = (
    ProgramKind.WIN_BACK,
    ProgramKind.ANNIVERSARY,
    ProgramKind.BIRTHDAY,
)
LEAVES = {"model": RepeatModel.MBG_NBD, "r": 2.0, "alpha": 1.0, "a": 1e9, "b": 1e-9}
STAYS_AWAY = {"model": RepeatModel.POISSON, "r": 0.0}
SPEND = {"spend_p": 9.0, "cost_share": 0.25}


def retention_plan(
    kind: ProgramKind,
    repeat: dict[str, float],
    *later: dict[str, float],
    conversion: float = 0.0,
    care: dict[str, object] | None = None,
    **program: float,
) -> Plan:
    row = {"kind": kind, "cost": 0.5, "click": 1.0, "n_touches": 2 if kind == WIN_BACK else 1}
    return make_plan(
        {"price": 50.0, "starts_repeat": 1, **fixed(1.0)},
        *later,
        programs=[row | program],
        touches=[{"gap": 2.0, "open": 1.0}, {"gap": 5.0, "open": 1.0}],
        repeat=SPEND | repeat,
        care={"retention": [{"program": 0, "kind": kind, "after": 20.0, "conversion": conversion}]}
        | (care or {}),
    )


def touches_in(plan: Plan) -> list[float]:
    return [time for time, name in names(live(plan)[1]) if name == "TOUCHED"]


# ------------------------------------------------------------------------ win-back


def test_win_back_writes_to_the_inactive_until_its_series_is_over() -> None:
    row, story = live(retention_plan(WIN_BACK, LEAVES))
    assert story[2:] == [
        (1.0, "DROPPED_OUT", 1, 0.0, 0.0, -1),
        (23.0, "TOUCHED", 1, 0.0, 0.5, 0),
        (23.0, "OPENED", 1, 0.0, 0.0, 0),
        (23.0, "CLICKED", 1, 0.0, 0.0, 0),
        (28.0, "TOUCHED", 1, 0.0, 0.5, 0),
        (28.0, "OPENED", 1, 0.0, 0.0, 0),
        (28.0, "CLICKED", 1, 0.0, 0.0, 0),
    ]
    assert (row["program_cost"], row["touch_cost"]) == ([1.0], 1.0)
    assert row["exit_reason"] == ExitReason.DROPPED_OUT


def test_every_message_of_a_series_has_its_own_chance_to_be_opened() -> None:
    plan = retention_plan(WIN_BACK, STAYS_AWAY)
    plan.touches["open"] = [0.0, 1.0]
    opened = [time for time, name in names(live(plan)[1]) if name == "OPENED"]
    assert opened == [28.0]


def test_an_order_sets_win_back_to_its_start() -> None:
    later = ({"price": 1.0, **fixed(24.0)}, {"price": 1.0, **fixed(21.0)})
    plan = retention_plan(WIN_BACK, STAYS_AWAY, *later)
    # Orders on days 1, 25 and 46; a touch 22 days after an order, the next 5 days later.
    assert touches_in(plan) == [23.0, 68.0, 73.0]


def test_an_order_at_the_moment_of_a_touch_prevents_it() -> None:
    plan = retention_plan(WIN_BACK, STAYS_AWAY, {"price": 1.0, **fixed(22.0)})
    assert touches_in(plan) == [45.0, 50.0]


def test_who_is_won_back_begins_to_buy_anew() -> None:
    row, story = live(retention_plan(WIN_BACK, LEAVES, conversion=1.0))
    assert story[6:9] == [
        (23.0, "RECOVERED", 1, 0.0, 0.0, 0),
        (23.0, "REORDERED", 1, 9.0, 2.25, 0),
        (23.0, "REACTIVATED", 1, 0.0, 0.0, 0),
    ]
    assert story[9][1] == "REORDERED"  # its own; and this was again the last
    assert story[10][:2] == (story[9][0], "DROPPED_OUT")
    assert story[11][:2] == (story[9][0] + 20.0 + 2.0, "TOUCHED")
    assert row["alive"] == (story[-1][1] != "DROPPED_OUT")
    assert row["recoveries"] == [sum(entry[1] == "RECOVERED" for entry in story)]


def test_a_reactivated_customer_is_alive() -> None:
    plan = retention_plan(WIN_BACK, LEAVES | {"r": 1e-3, "alpha": 1e9}, conversion=1.0)
    row, story = live(plan)
    assert [name for _, name in names(story)].count("REACTIVATED") == 1
    assert (row["alive"], row["exit_reason"]) == (1, ExitReason.ALIVE)


def test_who_still_buys_is_not_reactivated_and_keeps_its_next_purchase() -> None:
    rate = {"model": RepeatModel.POISSON, "r": 0.02}
    without = retention_plan(WIN_BACK, rate)
    won = retention_plan(WIN_BACK, rate, conversion=1.0)
    own = [
        [entry[0] for entry in live(plan, 3)[1] if entry[1] == "REORDERED" and entry[5] == -1]
        for plan in (without, won)
    ]
    assert own[0] == own[1] != []
    assert "REACTIVATED" not in {name for _, name in names(live(won, 3)[1])}


def test_orders_won_have_an_amount_of_their_own() -> None:
    spend = {"spend_kind": Distribution.LOGNORMAL, "spend_p": 9.0, "spend_q": 0.5}
    plan = retention_plan(ANNIVERSARY, STAYS_AWAY | spend, conversion=1.0)
    site = int(plan.repeat["won_site"][0])
    amounts = [entry[3] for entry in live(plan)[1] if entry[1] == "REORDERED"]
    assert amounts == [9.0 * math.exp(0.5 * normal(SEED, 0, site, w)) for w in range(4)]


def test_a_life_after_winning_back_has_its_own_length_and_gaps() -> None:
    pareto = {"model": RepeatModel.PARETO_NBD, "r": 2.0, "alpha": 5.0, "a": 2.0, "b": 10.0}
    plan = retention_plan(WIN_BACK, pareto, conversion=1.0)
    lives = 0
    for customer in range(20):
        row, story = live(plan, customer)
        expected, won = by_hand(plan, customer, row["rate"], row["drop_out"])
        kept = {"REORDERED", "DROPPED_OUT", "REACTIVATED"}
        assert [entry for entry in names(story)[2:] if entry[1] in kept] == expected
        lives += won
    assert lives > 10


def by_hand(
    plan: Plan, customer: int, rate: float, hazard: float
) -> tuple[list[tuple[float, str]], int]:
    """What a Pareto customer does whom every message of the win-back wins back."""
    gap_site, life_site = int(plan.repeat["gap_site"][0]), int(plan.repeat["life_site"][0])
    story, lives, gaps, touch = [], 0, 0, 1.0 + 20.0 + 2.0
    purchase = 1.0 + exponential(SEED, customer, gap_site, 0) / rate
    death = 1.0 + exponential(SEED, customer, life_site, 0) / hazard
    while (now := min(purchase, death, touch)) < 100.0:
        if now == death:
            story.append((now, "DROPPED_OUT"))
            purchase = death = math.inf
            continue
        story.append((now, "REORDERED"))
        touch, by_touch = now + 20.0 + 2.0, now == touch
        if by_touch and purchase == math.inf:
            story.append((now, "REACTIVATED"))
            lives += 1
            death = now + exponential(SEED, customer, life_site, lives) / hazard
            purchase = now
        if now == purchase:
            gaps += 1
            purchase = now + exponential(SEED, customer, gap_site, gaps) / rate
    return story, lives


def test_an_aim_puts_win_back_to_sleep_until_the_next_order() -> None:
    care = {"aims": [{"min_orders": 2.0}]}
    plan = retention_plan(WIN_BACK, STAYS_AWAY, {"price": 1.0, **fixed(60.0)}, care=care, aim=0)
    assert touches_in(plan) == [83.0, 88.0]


def test_an_aim_is_asked_once_a_series() -> None:
    care = {"aims": [{"max_days_since_order": 23.0}]}
    assert touches_in(retention_plan(WIN_BACK, STAYS_AWAY, care=care, aim=0)) == [23.0, 28.0]


# --------------------------------------------------------- anniversary and birthday


def test_anniversaries_come_again_and_again() -> None:
    plan = retention_plan(ANNIVERSARY, STAYS_AWAY, {"price": 1.0, **fixed(24.0)})
    assert touches_in(plan) == [21.0, 41.0, 61.0, 81.0]


def test_a_birthday_falls_anywhere_in_its_year() -> None:
    plan = retention_plan(BIRTHDAY, STAYS_AWAY)
    first = 1.0 + 20.0 * uniform(SEED, 0, int(plan.retention["phase_site"][0]), 0)
    expected = [first]
    while expected[-1] + 20.0 < 100.0:
        expected.append(expected[-1] + 20.0)
    assert touches_in(plan) == expected


def test_an_anniversary_not_meant_for_a_customer_is_left_out_with_its_luck() -> None:
    aims = {"aims": [{"min_orders": 2.0}]}
    later = {"price": 1.0, **fixed(50.0)}
    plan = retention_plan(ANNIVERSARY, STAYS_AWAY, later, care=aims, aim=0)
    plan.touches["open"] = 0.5
    assert touches_in(plan) == [61.0, 81.0]
    site = int(plan.retention["open_site"][0])
    for customer in range(20):
        opened = [time for time, name in names(live(plan, customer)[1]) if name == "OPENED"]
        luck = {61.0: 2, 81.0: 3}
        assert opened == [t for t, m in luck.items() if uniform(SEED, customer, site, m) < 0.5]


def test_every_touch_has_its_own_luck() -> None:
    plan = retention_plan(
        WIN_BACK, STAYS_AWAY, conversion=0.4, click=0.6, unsubscribe=0.15, n_touches=2
    )
    plan.touches["open"] = 0.7
    plan.world["horizon"] = 365.0
    sites = {name: int(plan.retention[name][0]) for name in plan.retention.dtype.names[4:8]}
    endings = set()
    for customer in range(60):
        expected, now, m, attempt = [], 23.0, 0, 0
        while now < 365.0:
            luck = {name: uniform(SEED, customer, site, m) for name, site in sites.items()}
            expected.append((now, "TOUCHED"))
            won = False
            if luck["open_site"] < 0.7:
                expected.append((now, "OPENED"))
                if luck["click_site"] < 0.6:
                    expected.append((now, "CLICKED"))
                    won = luck["accept_site"] < 0.4
            m += 1
            if won:
                expected += [(now, "RECOVERED"), (now, "REORDERED")]
                now, attempt = now + 20.0 + 2.0, 0
                continue
            if luck["unsubscribe_site"] < 0.15:
                expected.append((now, "UNSUBSCRIBED"))
                break
            attempt += 1
            if attempt == 2:
                break
            now += 5.0
        row, story = live(plan, customer)
        assert names(story)[2:] == expected
        assert row["unsubscribed"] == (expected[-1][1] == "UNSUBSCRIBED")
        endings.add((m, expected[-1][1]))
    assert len(endings) > 5


def test_unsubscribing_ends_every_program_also_the_journeys() -> None:
    plan = make_plan(
        {"price": 50.0, "starts_repeat": 1},
        {"conversion": 0.0, "services": [{"program": 2}, {"program": 3}]},
        programs=[
            {"kind": ANNIVERSARY, "unsubscribe": 1.0, "n_touches": 1},
            {"kind": WIN_BACK, "n_touches": 1},
            FOLLOW_UP,
            {"kind": ProgramKind.EXIT_OFFER},
        ],
        touches=[{"gap": 8.0, "open": 0.0}] * 3,
        repeat=STAYS_AWAY | SPEND,
        care={
            "retention": [
                {"program": 0, "kind": ANNIVERSARY, "after": 20.0, "conversion": 0.0},
                {"program": 1, "kind": WIN_BACK, "after": 20.0, "conversion": 0.0},
            ]
        },
    )
    row, story = live(plan)
    assert [(time, name, program) for time, name, _, _, _, program in story[2:]] == [
        (0.0, "DECLINED", -1),
        (8.0, "TOUCHED", 2),
        (16.0, "TOUCHED", 2),
        (20.0, "TOUCHED", 0),
        (20.0, "UNSUBSCRIBED", 0),
        (24.0, "TOUCHED", 3),  # the exit offer, when the next letter would have come
        (24.0, "RECOVERED", 3),
        (24.0, "BOUGHT", 3),
    ]
    assert row["unsubscribed"] == 1


# ------------------------------------------------------------- moved appointments


@pytest.mark.parametrize(("score", "effect"), [(9.0, -0.4), (4.0, -0.4)])
def test_satisfaction_moves_the_day_of_leaving(score: float, effect: float) -> None:
    pareto = {"model": RepeatModel.PARETO_NBD, "r": 1.0, "alpha": 1e9, "a": 2.0, "b": 20.0}
    calm = {"satisfaction": score, "effort": 2.0, "drop_out_effect": effect}
    plan = make_plan(
        {"price": 50.0, "starts_repeat": 1},
        repeat=SPEND | pareto,
        care={"experience": calm | fixed(3.0, "delivery")},
    )
    site = int(plan.repeat["life_site"][0])
    moved = 0
    for customer in range(20):
        row, story = live(plan, customer)
        death = exponential(SEED, customer, site, 0) / row["drop_out"]
        if death > 3.0:
            death = 3.0 + (death - 3.0) * math.exp(0.0 - effect * (score - 7.0))
            moved += 1
        gone = [(death, "DROPPED_OUT")] if death < 100.0 else []
        assert [entry for entry in names(story) if entry[1] == "DROPPED_OUT"] == gone
    assert moved > 10


def test_the_same_judgement_again_leaves_the_day_of_leaving_alone() -> None:
    pareto = {"model": RepeatModel.PARETO_NBD, "r": 1.0, "alpha": 1e9, "a": 2.0, "b": 20.0}
    calm = {"satisfaction": 9.0, "effort": 2.0, "drop_out_effect": -0.3}
    later = [{"price": 50.0, **fixed(1.7)}] * 5
    plan = make_plan(
        {"price": 50.0, "starts_repeat": 1},
        *later,
        repeat=SPEND | pareto,
        care={"experience": calm | fixed(0.1, "delivery")},
    )
    site, multiplier = int(plan.repeat["life_site"][0]), -0.3 * (9.0 - 7.0)
    for customer in range(30):
        row, story = live(plan, customer)
        death = exponential(SEED, customer, site, 0) / row["drop_out"]
        if death > 0.1:
            death = 0.1 + (death - 0.1) * math.exp(-multiplier)
        gone = [(death, "DROPPED_OUT")] if death < 100.0 else []
        assert [entry for entry in names(story) if entry[1] == "DROPPED_OUT"] == gone


def test_a_tier_lengthens_a_life_that_begins_with_the_order_that_reached_it() -> None:
    pareto = {"model": RepeatModel.PARETO_NBD, "r": 1.0, "alpha": 1e9, "a": 2.0, "b": 20.0}
    plan = make_plan(
        {"price": 50.0, "starts_repeat": 1, **fixed(2.0)},
        repeat=SPEND | pareto,
        care={"tiers": [{"threshold": 50.0, "log_drop_out": -0.5}]},
    )
    site = int(plan.repeat["life_site"][0])
    for customer in range(20):
        row, story = live(plan, customer)
        death = 2.0 + exponential(SEED, customer, site, 0) / row["drop_out"]
        death = 2.0 + (death - 2.0) * math.exp(0.5)
        assert (names(story)[-1] == (death, "DROPPED_OUT")) == (death < 100.0)


def test_a_life_begun_in_a_tier_is_longer_from_the_start() -> None:
    pareto = {"model": RepeatModel.PARETO_NBD, "r": 1.0, "alpha": 1e9, "a": 2.0, "b": 20.0}
    plan = make_plan(
        {"price": 50.0},
        {"price": 50.0, "starts_repeat": 1},
        repeat=SPEND | pareto,
        care={"tiers": [{"threshold": 50.0, "log_drop_out": -0.5}]},
    )
    site = int(plan.repeat["life_site"][0])
    for customer in range(20):
        row, story = live(plan, customer)
        death = exponential(SEED, customer, site, 0) / (row["drop_out"] * math.exp(-0.5))
        assert (names(story)[-1] == (death, "DROPPED_OUT")) == (death < 100.0)


def test_a_clock_rings_when_it_was_last_set_for() -> None:
    calendar, heard = Calendar(0.0), []
    clock = Clock(calendar, 7)

    def sleep() -> Waits:
        for _ in range(2):
            yield from clock.ring()
            heard.append(calendar.now)
            clock.set(math.inf)

    def meddle() -> Waits:
        for time, new in ((1.0, 8.0), (2.0, 3.0), (3.0, 6.0), (7.0, 9.0), (9.0, 9.5)):
            yield calendar.appointment(time, 5)
            clock.set(new)
            clock.set(new)

    clock.set(4.0)
    calendar.process(sleep())
    calendar.process(meddle())
    calendar.run(until=100.0)
    assert heard == [6.0, 9.5]


def test_a_clock_that_is_set_for_never_does_not_ring() -> None:
    calendar, heard = Calendar(0.0), []
    clock = Clock(calendar, 7)

    def sleep() -> Waits:
        yield from clock.ring()
        heard.append(calendar.now)

    clock.set(4.0)
    calendar.process(sleep())
    calendar.appointment(2.0, 1).callbacks.append(lambda _: clock.set(math.inf))
    calendar.run(until=100.0)
    assert heard == []
