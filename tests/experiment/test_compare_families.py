"""Comparisons where people bring others: pairs are market prospects with all whom they brought."""

import math
from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
from experiment.test_compare import Scenario, calls, run  # noqa: F401  (calls stands in)
from helpers.customer_tables import FULL, NAMES, blank, brought, families, plausible

from cvosim.experiment.compare import Comparison
from cvosim.experiment.sameness import identical_share
from cvosim.experiment.twins import value_split
from cvosim.metrics import catalogue, influence, measure
from cvosim.report.text import comparison_tables
from cvosim.report.verdict import verdict
from cvosim.report.worth import worth_of
from cvosim.stats import paired_difference
from cvosim.tables.columns import CustomerTable, Referred

BASE = Scenario("Base", families, customers=1500)
WORSE = Scenario("Worse", lambda customers, seed: families(customers, seed, 0.85), customers=1500)
WITHOUT = Scenario(
    "Without",
    lambda customers, seed: families(customers, seed).part(0, customers),
    customers=1500,
)
"""Nobody invites anybody."""


@lru_cache(maxsize=1)
def worse() -> Comparison:
    """Compared once, by the first test that asks."""
    return run(BASE, WORSE)


@pytest.fixture(scope="module")
def tables() -> tuple[CustomerTable, CustomerTable]:
    one, other = families(1500, 7), families(1500, 7, 0.85)
    assert len(one) > 1.1 * len(other) - 300 > 1500
    return one, other


@pytest.mark.parametrize("name", [metric.name for metric in catalogue(FULL)])
def test_differences_are_those_of_influences(
    name: str, tables: tuple[CustomerTable, CustomerTable]
) -> None:
    a, b = tables
    metric = next(metric for metric in catalogue(FULL) if metric.name == name)
    found = worse().differences["Worse"][name]
    ours, theirs = influence(metric, a), influence(metric, b)
    wanted = paired_difference(ours, theirs).standard_error
    assert found.difference == pytest.approx(found.variant - found.baseline, nan_ok=True)
    assert found.standard_error is not None
    if metric.proportion and not metric.certain and not (ours.any() and theirs.any()):
        return  # shares of exactly 0 or 1 have errors of their own
    if math.isnan(wanted):
        assert math.isnan(found.standard_error)
        return
    assert found.standard_error == pytest.approx(wanted, rel=1e-6, abs=1e-12)


def test_sides_are_as_measured(tables: tuple[CustomerTable, CustomerTable]) -> None:
    for side, table in zip(("baseline", "variant"), tables, strict=True):
        for name, one in measure(table).items():
            value = getattr(worse().differences["Worse"][name], side)
            assert value == pytest.approx(one.value, rel=1e-15, nan_ok=True)


def test_paired_error_is_that_of_repeated_comparisons() -> None:
    names = (
        "k_factor", "referred_people", "clv_with_referrals", "clv_per_prospect", "revenue",
        "conversion.tripwire", "gini", "referral_share",
    )  # fmt: skip
    found = [run(BASE, WORSE, seed=seed, customers=800) for seed in range(50)]
    for name in names:
        each = [one.differences["Worse"][name] for one in found]
        spread = np.std([one.difference for one in each])
        assert np.median([one.standard_error for one in each]) == pytest.approx(spread, rel=0.35)
        assert np.median([one.variance_reduction for one in each]) > 1.5, name


def test_difference_to_itself_is_nothing() -> None:
    found = run(BASE, replace(BASE, name="Again"))
    for difference in found.differences["Again"].values():
        if not math.isnan(difference.baseline):
            assert (difference.difference, difference.standard_error) == (0.0, 0.0)
    assert found.identical["Again"] == 1.0


def test_the_split_is_of_prospects_own_value(tables: tuple[CustomerTable, CustomerTable]) -> None:
    result = worse()
    split, clv = result.decomposition["Worse"], result.differences["Worse"]["clv_per_prospect"]
    parts = split.time + split.frequency + split.monetary_value + split.cost
    assert parts == pytest.approx(clv.difference, rel=1e-9)
    alone = value_split(*(table.part(0, 1500) for table in tables))
    assert alone.standard_errors["total"] == pytest.approx(clv.standard_error, rel=1e-6)
    assert alone.word_of_mouth is None
    whole = result.differences["Worse"]["clv_with_referrals"]
    word, error = split.word_of_mouth, split.standard_errors["word_of_mouth"]
    assert split == alone.with_word_of_mouth(word, error, whole.standard_error)
    assert sum(split.parts.values()) == split.total == pytest.approx(whole.difference, rel=1e-9)
    plain = result.to_dict()["decomposition"]["Worse"]
    names = ("time", "frequency", "monetary_value", "cost", "word_of_mouth")
    assert math.fsum(plain[name] for name in names) == pytest.approx(plain["total"])
    assert {*names, "total"} == set(plain["standard_errors"])


def brought_value(table: CustomerTable) -> np.ndarray:
    """What those who came through each market prospect are worth, added up one by one."""
    columns, found = table.columns, np.zeros(table.n_market)
    value = columns.discounted_revenue - columns.discounted_cost
    for root, one in zip(table.root[table.n_market :], value[table.n_market :], strict=True):
        found[root - table.first_customer] += one
    return found


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize("other", ["Worse", "Without", "Lacking"])
def test_word_of_mouth_is_that_of_each_prospect(other: str, swapped: bool) -> None:
    """Directly: the values of those brought by a prospect, side by side in both scenarios."""
    variant = {"Worse": WORSE, "Without": WITHOUT, "Lacking": LACKING}[other]
    pair = (variant, BASE) if swapped else (BASE, variant)
    split = run(*pair).decomposition[pair[1].name]
    wanted = paired_difference(*(brought_value(one.table(1500, 7)) for one in pair))
    assert split.word_of_mouth == pytest.approx(wanted.difference, rel=1e-9)
    error = split.standard_errors["word_of_mouth"]
    assert error == pytest.approx(wanted.standard_error, rel=1e-9)
    assert error > 0


def test_what_referral_is_worth() -> None:
    """Without it the prospects do what they did, and nobody else comes."""
    found = run(BASE, WITHOUT).differences["Without"]
    assert found["clv_per_prospect"].difference == 0.0
    assert found["clv_per_prospect"].standard_error == 0.0
    assert found["reach.core_offer"].standard_error == 0.0
    lost = found["clv_with_referrals"]
    assert lost.difference < 0
    assert lost.significant
    assert found["referred_people"].variant == 0.0
    assert found["revenue"].difference < 0
    # descendants' errors only: the prospects' own luck cancels
    theirs = measure(families(1500, 7))["clv_with_referrals"].standard_error
    assert lost.standard_error < 0.8 * theirs


LACKING = Scenario(
    "Lacking",
    lambda customers, seed: CustomerTable(
        families(customers, seed).part(0, customers).columns,
        FULL._replace(channels=NAMES.channels),
    ),
    customers=1500,
)
"""The same people as `WITHOUT`, of a scenario that has no referral at all."""


@pytest.mark.parametrize("swapped", [False, True])
def test_value_with_referrals_where_one_side_lacks_them(swapped: bool) -> None:
    """Exactly as if the scenario had referral and nobody were invited."""
    pairs = [(BASE, WITHOUT), (BASE, LACKING)]
    one, other = (run(*(pair[::-1] if swapped else pair)) for pair in pairs)
    wanted = one.differences[one.variants[0]]["clv_with_referrals"]
    found = other.differences[other.variants[0]]
    assert found["clv_with_referrals"] == wanted
    assert wanted.significant
    assert (
        other.metrics["Lacking"]["clv_with_referrals"]
        == one.metrics["Without"]["clv_with_referrals"]
    )
    assert found["referred_people"].difference is None, "nothing is made up of the rest"
    assert "clv_with_referrals" not in measure(LACKING.table(1500, 7))


def test_value_with_referrals_is_that_of_influences() -> None:
    """Of different prospects' lives, too: here nobody does the same as in the other scenario."""
    plain = Scenario("Plain", plausible, customers=1500)
    found = run(plain, BASE).differences["Base"]["clv_with_referrals"]
    tables = plausible(1500, 7), families(1500, 7)
    ours, theirs = (
        influence(next(m for m in catalogue(table.names) if m.name == name), table)
        for table, name in zip(tables, ("clv_per_prospect", "clv_with_referrals"), strict=True)
    )
    wanted = paired_difference(ours, theirs)
    assert found.baseline == measure(tables[0])["clv_per_prospect"].value
    assert found.variant == measure(tables[1])["clv_with_referrals"].value
    assert found.difference == found.variant - found.baseline
    assert found.standard_error == pytest.approx(wanted.standard_error, rel=1e-9)
    assert found.variance_reduction == pytest.approx(wanted.variance_reduction, rel=1e-9)


def forty(*, friends: bool) -> CustomerTable:
    """Forty prospects who earn 10 each; every other one brings a friend who earns 4."""
    names = FULL if friends else NAMES
    table = blank(60 if friends else 40, names)
    table.columns.discounted_revenue[:40] = table.columns.revenue[:40] = 10.0
    table.columns.orders[:40] = 1  # or nobody would carry the money
    if not friends:
        return table
    table.columns.discounted_revenue[40:] = 4.0
    table.columns.channel[40:] = names.channels.index("referral")
    return CustomerTable(table.columns, names, 0, brought(range(0, 40, 2), 40))


def test_what_friends_are_worth_on_paper() -> None:
    lonely, sociable = (
        Scenario(name, lambda _, __, friends=friends: forty(friends=friends), customers=40)
        for name, friends in (("Lonely", False), ("Sociable", True))
    )
    result = run(lonely, sociable)
    found = result.differences["Sociable"]["clv_with_referrals"]
    # families earn 4 and 0 more in turn: 2 more or less than their mean
    error = math.sqrt(40 * 2.0**2 / (40 * 39))
    assert (found.baseline, found.variant, found.difference) == (10.0, 12.0, 2.0)
    assert found.standard_error == pytest.approx(error)
    assert (found.low, found.high) == pytest.approx((2 - 1.959964 * error, 2 + 1.959964 * error))
    assert result.metrics["Lonely"]["clv_with_referrals"] == (10.0, 0.0, "USD")
    worth = worth_of(result, "Sociable")
    assert (worth.baseline, worth.difference) == (10.0, 2.0)
    split = result.decomposition["Sociable"]
    assert (split.word_of_mouth, split.total) == (2.0, 2.0)
    assert split.standard_errors["word_of_mouth"] == pytest.approx(error)
    table = comparison_tables(result)[1]
    assert [row[:2] for row in table.shown][-2:] == [
        ("word_of_mouth", "+2.00"),
        ("total", "+2.00"),
    ]
    assert table.title.endswith("comes from, people brought by referral included")
    text = verdict(result)
    assert text.startswith("Sociable earns USD 2.00 more per prospect than Lonely, people brought")
    assert text.endswith("These numbers are rough: carried by 40 buyers.")


def test_all_variants_are_compared_by_one_measure() -> None:
    plain = Scenario("Plain", plausible, customers=1500)
    poorer = Scenario("Poorer", lambda n, seed: plausible(n, seed, lift=0.8), customers=1500)
    alone, found = run(plain, poorer), run(plain, poorer, BASE)
    for name in ("Plain", "Poorer"):
        wanted = alone.metrics[name]
        assert dict(found.metrics[name]) == {
            **wanted, "clv_with_referrals": wanted["clv_per_prospect"],
        }  # fmt: skip
    ours, wanted = found.differences["Poorer"], alone.differences["Poorer"]
    assert repr(dict(ours)) == repr({**wanted, "clv_with_referrals": wanted["clv_per_prospect"]})
    assert list(found.metrics["Base"]) == list(measure(families(1500, 7)))
    lines = verdict(found).splitlines()
    assert ["brought by referral" in line for line in lines] == [False, True]


def test_a_plain_comparison_says_nothing_of_referrals() -> None:
    plain = Scenario("Plain", plausible, customers=1500)
    found = run(plain, replace(plain, name="Again"))
    assert not any("referral" in name for name in found.differences["Again"])
    assert not any("referral" in name for one in found.metrics.values() for name in one)


def test_a_scenario_without_the_channel() -> None:
    plain = Scenario("Plain", plausible, customers=1500)
    found = run(plain, BASE).differences["Base"]
    assert found["k_factor"].baseline is None
    assert found["k_factor"].difference is None
    assert math.isfinite(found["clv_per_prospect"].standard_error)
    assert math.isfinite(found["gini"].standard_error)


# ------------------------------------------------------------------------ identical people


def three(*, friends: int, spent: float = 0.0) -> CustomerTable:
    """Three prospects, the second of whom brings so many; the last friend spends."""
    table = blank(3 + friends, FULL)
    table.columns.revenue[-1] = spent
    return CustomerTable(table.columns, FULL, 0, brought([1] * friends, 3))


def test_people_are_matched_by_id() -> None:
    assert identical_share(three(friends=4), three(friends=4)) == 1.0
    # the last of seven people differs
    assert identical_share(three(friends=4), three(friends=4, spent=9.0)) == 6 / 7
    # two of seven people came in one of the scenarios only
    assert identical_share(three(friends=4), three(friends=2)) == 5 / 7
    assert identical_share(three(friends=2), three(friends=4)) == 5 / 7
    assert identical_share(three(friends=0), three(friends=1)) == 3 / 4


def test_whatever_row_they_stand_in() -> None:
    one = three(friends=3, spent=5.0)
    kept = np.array([0, 1, 2, 4, 5])
    columns = one.columns._make(column[..., kept] for column in one.columns)
    whose = Referred._make(column[1:] for column in one.referred)
    assert identical_share(one, CustomerTable(columns, FULL, 0, whose)) == 5 / 6


def test_tiers_are_matched_by_name() -> None:
    one, other = blank(4, FULL), blank(4, FULL._replace(tiers=("gold",)))
    one.columns.tier[:] = 0, 2, 2, 1
    other.columns.tier[:] = 0, 1, 0, 1
    assert identical_share(one, other) == 0.5


def test_extras_that_only_one_side_has_must_have_left_no_trace() -> None:
    full, plain = blank(4, NAMES._replace(extras=True)), blank(4, NAMES)
    assert identical_share(full, plain) == 1.0
    full.columns.deliveries[2] = 1
    full.columns.satisfaction[3] = 7
    assert identical_share(full, plain) == identical_share(plain, full) == 0.5


def test_prospects_must_be_the_same() -> None:
    with pytest.raises(ValueError, match="same customers"):
        identical_share(three(friends=1), blank(4, FULL))
