"""Who arrived: reach of channels, K of those who came, and subscribers who paid."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from helpers.customer_tables import FULL, blank, columns_at, families

from cvosim.metrics import catalogue, measure
from cvosim.tables.columns import CustomerColumns, CustomerTable, Names, Referred
from cvosim.tables.schema import ExitReason

DESCRIPTIONS = {metric.name: metric.description for metric in catalogue(FULL)}


def with_absent(table: CustomerTable, count: int) -> CustomerTable:
    """As many market prospects more, who never arrive."""
    market, absent = table.n_market, blank(count, FULL).columns
    absent.exit_reason[:] = ExitReason.NOT_ARRIVED
    absent.arrival_time[:] = 9999.0
    pairs: Any = zip(table.columns, absent, strict=True)
    columns = CustomerColumns._make(
        np.insert(own, [market] * count, none, axis=-1) for own, none in pairs
    )
    return replace(table, columns=columns)


@pytest.mark.parametrize("absent", [1, 500, 5000])
def test_whom_a_budget_does_not_reach_changes_no_k(absent: int) -> None:
    table = families(1000, 4)
    before, after = measure(table), measure(with_absent(table, absent))
    for name in ("k_factor", "k_of_friends", "invitations_per_person"):
        assert after[name].value == before[name].value > 0, name
        # the same families and others who add nothing, over one less than all of them
        assert after[name].standard_error == pytest.approx(before[name].standard_error, rel=1e-3)
    assert after["arrived_share.ads"].value < before["arrived_share.ads"].value == 1.0


def test_k_is_per_person_who_arrived() -> None:
    table = with_absent(families(800, 5), 300)
    came = np.count_nonzero(table.columns.exit_reason != ExitReason.NOT_ARRIVED)
    generation, found = table.generation, measure(table)
    referred = np.count_nonzero(generation)
    assert came == len(table) - 300
    assert found["k_factor"].value == pytest.approx(referred / came)
    assert found["invitations_per_person"].value == pytest.approx(
        math.fsum(table.columns.invited) / came
    )
    assert found["k_of_friends"].value == pytest.approx(
        np.count_nonzero(generation >= 2) / referred
    )
    assert found["k_of_friends"].standard_error > found["k_factor"].standard_error


def test_k_of_friends_is_their_own() -> None:
    """Without their friends' friends, referred people bring nobody, whatever prospects do."""
    table = families(600, 6)
    near = table.generation <= 1
    whose = Referred._make(column[near[600:]] for column in table.referred)
    columns = columns_at(table.columns, np.flatnonzero(near))
    found = measure(CustomerTable(columns, FULL, 0, whose))
    assert found["k_factor"].value > 0
    assert found["k_of_friends"].value == 0
    assert found["k_of_friends"].standard_error > 0, "none of so many does not prove none ever"


def test_nobody_referred_says_nothing_of_k_of_friends() -> None:
    found = measure(blank(50, FULL))
    assert found["k_factor"].value == 0
    assert math.isnan(found["k_of_friends"].value)


def test_channels_share_the_acquisition_cost() -> None:
    table = families(2000, 7)
    found = measure(table, currency="USD")
    costs = [found[f"acquisition_cost.{channel}"] for channel in FULL.channels]
    assert {one.unit for one in costs} == {"USD"}
    assert math.fsum(one.value for one in costs) == pytest.approx(
        math.fsum(table.columns.acquisition_cost), rel=1e-12
    )


def test_share_of_a_channel_who_arrived() -> None:
    table = families(2000, 7)
    ads = np.flatnonzero(table.columns.channel == 0)
    table.columns.exit_reason[ads[::4]] = ExitReason.NOT_ARRIVED
    found, share = measure(table), 1 - len(ads[::4]) / len(ads)
    wanted = math.sqrt(share * (1 - share) / len(ads))
    assert found["arrived_share.ads"].value == pytest.approx(share)
    assert found["arrived_share.ads"].standard_error == pytest.approx(wanted, rel=1e-3)
    assert found["arrived_share.search"] == (1.0, 0.0, "share")
    assert math.isnan(found["arrived_share.referral"].value), "it brings no prospects"


def test_who_leaves_a_trial_churned_and_paid_nothing() -> None:
    """One in a trial, two who left after it, one who paid once and left, four who stay."""
    names = Names(("all",), ("ads",), ("club",), (), ("club",))
    table = blank(10, names)
    table.columns.stage_time[0, :8] = 1.0
    table.columns.bills[0, :8] = 0, 0, 0, 1, 2, 3, 4, 5
    table.columns.cancelled[0, 1:4] = 1
    found = measure(table)
    assert found["subscribers.club"].value == 8
    assert found["paying_share.club"].value == 5 / 8
    assert found["churned_share.club"].value == 3 / 8
    error = math.sqrt(5 / 8 * 3 / 8 / 8 * 10 / 9)
    assert found["paying_share.club"].standard_error == pytest.approx(error)


def test_what_the_descriptions_say() -> None:
    assert "end of a trial" in DESCRIPTIONS["churned_share.care"]
    assert "from trial to paid" in DESCRIPTIONS["paying_share.care"]
    for name in ("k_factor", "k_of_friends"):
        assert "horizon cuts it" in DESCRIPTIONS[name], name
    assert "all the people who arrived" in DESCRIPTIONS["k_factor"]
    assert "of a budget, its reach" in DESCRIPTIONS["arrived_share.ads"]
