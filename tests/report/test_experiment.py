"""A simulated experiment in words, tables and pictures."""

from __future__ import annotations

from dataclasses import replace

import pytest
from helpers.readable import assert_readable

from cvosim.experiment.trials.findings import Truth
from cvosim.experiment.trials.split import SplitResult, SplitTest
from cvosim.experiment.trials.twin import TwinTest
from cvosim.report.experiment import (
    Words,
    experiment_headline,
    experiment_verdict,
    kind_of_outcome,
    twins_verdict,
)
from cvosim.report.experiment_picture import experiment_picture, twins_picture, watching_of
from cvosim.report.experiment_tables import experiment_csv, experiment_tables, twins_table
from cvosim.scenario import load_experiment
from cvosim.stats.methods.noninferiority import Margin
from cvosim.stats.methods.sample_ratio import sample_ratio

FRACTIONS = "experiment.looks={kind: fractions, at: [0.4, 0.7, 1]}"


@pytest.fixture(scope="module")
def result() -> SplitResult:
    trial = load_experiment("tripwire_price_test", [FRACTIONS])
    return SplitTest.of(trial).run(customers=20_000)


@pytest.fixture(scope="module")
def by_conversion() -> SplitResult:
    """Decided by a share, at an early look."""
    metrics = "experiment.metrics=[conversion.tripwire, orders]"
    trial = load_experiment("tripwire_price_test", [FRACTIONS, metrics])
    return SplitTest.of(trial).run(customers=40_000)


def with_primary(result: SplitResult, low: float, high: float, truth: float) -> SplitResult:
    """The same with another estimate of what decides, and another truth."""
    first, *others = result.findings
    middle = (low + high) / 2
    p = 0.2 if low < 0 < high else 0.0001
    effect = replace(
        first.effect, difference=middle, low=low, high=high, p_value=p, p_adjusted=float("nan")
    )
    known = Truth(truth, 0.01, truth - 0.02, truth + 0.02, 0.1, 0.1)
    return replace(result, findings=(replace(first, effect=effect, truth=known), *others))


@pytest.mark.parametrize(
    ("low", "high", "truth", "words"),
    [
        (1.0, 3.0, 2.5, ["lower_price earns USD 2.00 more per customer who comes to tripwire than "
                         "control (95 % interval +USD 1.00 to +USD 3.00)",
                         "is +USD 2.50", "the verdict is right, and the interval holds it"]),
        (-3.0, -1.0, -0.5, ["lower_price earns USD 2.00 less", "is −USD 0.50",
                            "the verdict is right, but the interval misses it"]),
        (-1.0, 3.0, 2.5, ["Whether lower_price earns more than control is not shown: +USD 1.00",
                          "it could be anything from −USD", "was too small to see it"]),
        (1.0, 3.0, -1.0, ["the verdict has the wrong sign, and the interval misses it"]),
        (1.0, 3.0, 0.0, ["the verdict is a false alarm, and the interval misses it"]),
        (-1.0, 3.0, 0.01, ["no effect that could be told from none, and the interval holds it"]),
    ],
)  # fmt: skip
def test_verdicts(
    result: SplitResult, low: float, high: float, truth: float, words: list[str]
) -> None:
    text = experiment_verdict(with_primary(result, low, high, truth))
    for part in words:
        assert part in text


def test_the_whole_is_what_a_customer_is_times_those_who_come(result: SplitResult) -> None:
    text = experiment_verdict(with_primary(result, 1.0, 3.0, 2.0))
    people = len(result.pool)
    assert f"all {people:,} customers who come to tripwire in these 180 days" in text
    assert f"that is +USD {2 * people:,}" in text


def test_money_leads_where_a_share_decides(by_conversion: SplitResult) -> None:
    first, second, third, *_ = experiment_verdict(by_conversion).splitlines()
    assert "USD" in first
    assert second.startswith("What decides is conversion.tripwire. lower_price changes it by +")
    assert " pp" in second
    assert third.startswith("The bound was reached at look ")
    assert "days before the planned end" in third
    assert experiment_headline(by_conversion).endswith("pp in conversion.tripwire")


def test_broken_assignment_comes_first(result: SplitResult) -> None:
    broken = replace(result, ratio=sample_ratio([9000, 11000], (0.5, 0.5), result.arms))
    text = experiment_verdict(broken)
    assert text.startswith("Do not trust this assignment: the arms are not as large as designed")
    assert "(control 9,000, lower_price 11,000; by chance alone" in text
    assert "a mismatch" in experiment_tables(broken)[-1].title


@pytest.mark.parametrize(
    ("verdict", "words"),
    [("better", "Guardrail orders is better ("),
     ("not worse", "Guardrail orders is not worse: it is not lower by 0.020 or more ("),
     ("worse", "Guardrail orders is worse, perhaps by more than 0.020: do not ship it ("),
     ("unclear", "Guardrail orders is unclear: it may be lower by more than 0.020, which this "
                 "experiment is too small to rule out (")],
)  # fmt: skip
def test_guardrails(result: SplitResult, verdict: str, words: str) -> None:
    (guarded,) = result.guarded
    changed = replace(guarded, verdict=verdict)
    assert words in experiment_verdict(replace(result, guarded=(changed,)))
    relative = replace(changed, guard=replace(guarded.guard, margin=Margin(0.02, relative=True)))
    text = experiment_verdict(replace(result, guarded=(relative,)))
    assert words.replace("0.020", "2 %") in text


def test_margins_of_shares_are_points(result: SplitResult) -> None:
    """A percentage would read as relative to control."""
    (guarded,) = result.guarded
    share = result.finding("conversion.tripwire", "lower_price")
    for size, words in ((0.01, "by 1 point or more"), (0.005, "by 0.5 points or more")):
        guard = replace(guarded.guard, margin=Margin(size))
        changed = replace(guarded, finding=share, guard=guard, verdict="not worse")
        text = experiment_verdict(replace(result, guarded=(changed,)))
        assert f"Guardrail conversion.tripwire is not worse: it is not lower {words} (" in text


def test_intervals_say_their_level(result: SplitResult) -> None:
    findings = experiment_tables(result)[0]
    assert findings.header[5] == "95 % interval"
    assert not any("%" in row[5] for row in findings.shown)
    first, *others = result.findings
    wider = replace(first, effect=replace(first.effect, level=0.975))
    mixed = experiment_tables(replace(result, findings=(wider, *others)))[0]
    assert mixed.header[5] == "interval"
    assert [row[5].split(" (")[1] for row in mixed.shown[:2]] == ["97.5 %)", "95 %)"]


def test_tables_and_csv(result: SplitResult) -> None:
    findings, looks, sizes = experiment_tables(result)
    assert [row[0] for row in findings.rows] == [
        "contribution", "conversion.tripwire", "conversion.core_offer", "contribution@14",
    ]  # fmt: skip
    assert len(looks.rows) == 3
    assert sum(row[2] for row in sizes.rows) == len(result.cohort)  # type: ignore[misc]
    assert experiment_csv(result).splitlines()[0].startswith("metric,treatment,control_value,")


def test_twins(result: SplitResult) -> None:
    twins = TwinTest.of(load_experiment("tripwire_price_test")).run(customers=20_000)
    text = twins_verdict(twins)
    assert text.startswith(f"On the same {len(twins.pool):,} customers, lower_price earns +USD ")
    assert "households +USD" in text
    assert len(twins_table(twins).rows) == 5 * 3
    assert_readable(twins_picture(twins))


def test_the_picture(result: SplitResult, by_conversion: SplitResult) -> None:
    for one in (result, by_conversion):
        figure = experiment_picture(one)
        assert_readable(figure)
        axes = figure.axes[0]
        legend = axes.get_legend()
        assert legend is not None
        assert legend.get_window_extent().y1 < axes.get_window_extent().y0, "covers no interval"
    data = watching_of(by_conversion, "lower_price")
    assert data.unit == "percentage points"
    assert data.crossed
    assert len(data.days) == 3


def test_outcomes_have_kinds() -> None:
    names = {"clv": "money", "before.cost": "money", "orders@5": "orders", "retention.9": "share",
             "days_to_last_order": "days", "before.orders": "orders"}  # fmt: skip
    assert {name: kind_of_outcome(name) for name in names} == names
    assert Words("EUR", "arrival").range("clv", -1.0, 2000.0) == "−EUR 1 to +EUR 2,000"
    assert Words("EUR", "order").who == "customer who orders"
