from __future__ import annotations

import json
import math

import numpy as np
import pytest
from helpers.cdnow import END

from cvosim.clv.backtest.backtest import Backtest, backtest
from cvosim.clv.backtest.cohort import cohort_of, usual_until
from cvosim.clv.orders.days import format_day, parse_day
from cvosim.clv.orders.reading import OrderLog
from cvosim.clv.orders.summary import Summary, summarise
from cvosim.errors import DataError
from cvosim.report.backtest import backtest_table

UNTIL = parse_day(END)


@pytest.fixture(scope="module")
def tested(cdnow_log: OrderLog) -> Backtest:
    return backtest(cdnow_log, UNTIL)


@pytest.fixture(scope="module")
def small() -> OrderLog:
    """60 customers over 110 days, some of whom stop early; two come late."""
    rows = []
    for customer in range(60):
        gap = 3 + customer % 17
        for order in range(1 + customer % 7):
            rows.append((f"c{customer}", customer % 20 + order * gap, 20.0 + customer % 5 + order))
    return OrderLog.of([*rows, ("late", 90, 9.0), ("later", 95, 9.0), ("c0", 100, 5.0)])


def test_cdnow_as_published(tested: Backtest) -> None:
    """Fader, Hardie & Lee (2005); totals and shares of ../shared/research/clv.md, table B."""
    bg, _, pareto = tested.models
    assert tested.actual == 1882
    assert tested.customers_by_repeats == (1411, 439, 214, 100, 62, 38, 29, 64)
    assert bg.errors.total == pytest.approx(1653.4, abs=0.05)
    assert pareto.errors.total == pytest.approx(1665.5, abs=0.05)
    assert bg.share_alive == pytest.approx(0.813, abs=5e-4)
    assert pareto.share_alive == pytest.approx(0.446, abs=5e-4)


def test_the_cohort_is_the_summary(cdnow_log: OrderLog, cdnow: Summary) -> None:
    cohort = cohort_of(cdnow_log, UNTIL)
    assert cdnow.holdout is not None
    assert cdnow.holdout_spend is not None
    assert cohort.held_out.tolist() == cdnow.holdout.tolist()
    assert cohort.held_out_value == pytest.approx(cdnow.holdout_spend)
    assert np.bincount(cohort.past.owner, minlength=2357).tolist() == cdnow.repeats.tolist()
    assert (cohort.past.before_end >= 0).all()


def test_weekly_tracking(tested: Backtest, cdnow: Summary) -> None:
    """At the split the curve is Σ E[X(T)] over the customers; it ends 8 % below, as published."""
    tracking, bg = tested.tracking, tested.models[0]
    assert sum(tracking.actual) == 2457 + 1882
    assert tracking.split == 272.0
    before = bg.fitted.law.expected_purchases_new_customer(cdnow.age).sum()
    weeks = np.append(0.0, tracking.ends)
    added = np.append(0.0, tracking.cumulative("bg_nbd"))
    # The split lies six days into week 39: between two weekly sums, nearly on their line.
    assert np.interp(272.0, weeks, added) == pytest.approx(before, rel=2e-4)
    gap = tracking.cumulative("bg_nbd")[-1] / sum(tracking.actual) - 1
    assert -0.10 < gap < 0.0
    assert all(week > 0 for curve in tracking.expected.values() for week in curve)


def test_conditional_expectations(tested: Backtest, cdnow: Summary) -> None:
    assert cdnow.holdout is not None
    once = cdnow.repeats == 1
    assert tested.actual_by_repeats[1] == pytest.approx(cdnow.holdout[once].mean())
    many = cdnow.repeats >= 7
    model = tested.models[2]
    assert model.by_repeats[7] == pytest.approx(model.purchases[many].mean())
    weights = np.array(tested.customers_by_repeats)
    assert weights @ np.array(model.by_repeats) == pytest.approx(model.errors.total)


def test_rules_of_thumb_are_beaten(tested: Backtest) -> None:
    assert [rule.name for rule in tested.rules] == [
        "last_period", "own_rate", "population_mean", "hiatus",
    ]  # fmt: skip
    assert tested.rules[0].errors.total == 2457, "as many as in the 273 days before"
    assert tested.advantage.high < 0
    assert tested.rules[2].lift == pytest.approx(1.0), "everybody alike: a tenth brings a tenth"
    for model in tested.models:
        assert 4.0 < model.lift < 5.5
        assert model.top.low < model.top.value < model.top.high


def test_chance_to_buy_is_calibrated_by_groups(tested: Backtest) -> None:
    bought = tested.truth.purchases > 0
    for model in tested.models:
        people = sum(group.customers for group in model.groups)
        happened = sum(group.customers * group.happened for group in model.groups)
        assert (people, round(happened)) == (2357, bought.sum())
        assert [group.predicted for group in model.groups] == sorted(
            group.predicted for group in model.groups
        )
        assert model.brier < bought.mean() * (1 - bought.mean()), "better than one share for all"


def test_doubts_come_first(tested: Backtest, cdnow_log: OrderLog) -> None:
    lines = tested.summary().splitlines()
    assert lines[0].startswith("Warning: BG/NBD says that 81 % of the customers are still")
    assert "Pareto/NBD says 45 %" in lines[0]
    assert "two thirds" not in tested.summary()
    alone = backtest(cdnow_log, UNTIL, models=["bg_nbd"])
    assert "No model's 95 % interval holds the 1,882 purchases" in alone.warnings[0]


def test_without_until_two_thirds_are_fitted_to(small: OrderLog) -> None:
    found = backtest(small, models=["bg_nbd"], hiatus_days=30)
    assert usual_until(small) == 73
    assert found.until == format_day(73)
    assert "two thirds of the way" in found.summary()
    assert (found.newcomers, found.hiatus_days) == (2, 30.0)
    assert "2 who came later are not forecast" in found.summary()
    assert found.cohort.days == 37.0


def test_too_few_to_tell(small: OrderLog) -> None:
    found = backtest(small, 105, models=["bg_nbd"])
    assert found.actual < 30
    assert any("too few to tell" in doubt for doubt in found.warnings)
    assert not math.isnan(found.models[0].errors.root_mean_square)


def test_plain_values_hold_no_nan(tested: Backtest, small: OrderLog) -> None:
    for one in (tested, backtest(small, 109, models=["bg_nbd"])):
        text = json.dumps(one.to_dict(), allow_nan=False)
        assert len(json.loads(text)["rules_of_thumb"]) == 4


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"models": ["bgnbd"]}, 'no purchase model "bgnbd"'),
        ({"models": ["bg_nbd", "bg_nbd"]}, "named twice"),
        ({"models": []}, "no purchase model is named"),
        ({"until": 110}, "nothing is left to test a forecast on"),
        ({"until": 105 + 365}, "nothing is left to test a forecast on"),
        ({"hiatus_days": -1.0}, "at least 0 days"),
    ],
)
def test_bad_input_in_words(small: OrderLog, settings: dict[str, object], words: str) -> None:
    with pytest.raises(DataError, match=words):
        backtest(small, **settings)  # type: ignore[arg-type]


def test_errors_about_models_do_not_blame_the_file(small: OrderLog) -> None:
    for models in (["bgnbd"], ["bg_nbd", "bg_nbd"], []):
        with pytest.raises(DataError, match=r"^(?!.*orders:)(the model|there is no|no purchase)"):
            backtest(small, models=models)


def test_one_of_something_is_singular() -> None:
    """Somebody comes back each fourth day; a single purchase on the single day held out."""
    rows = [(f"c{n}", n % 9 + 4 * order, 9.0) for n in range(40) for order in range(n % 5 + 1)]
    found = backtest(OrderLog.of([*rows, ("c1", 26, 9.0)]), 25, models=["bg_nbd"])
    assert found.actual == 1
    assert "Only 1 purchase was held out" in found.summary()
    assert "In the 1 day held out" in found.summary()
    assert backtest_table(found).title == "1 purchase came in the 1 day held out"


def test_customers_who_never_come_back_cannot_be_fitted_to() -> None:
    rows = [(f"c{customer}", customer, 9.0) for customer in range(30)]
    with pytest.raises(DataError, match=r"^shop\.csv: none of the 20 customers bought"):
        backtest(OrderLog.of(rows, "shop.csv"))


def test_a_log_of_one_day() -> None:
    with pytest.raises(DataError, match="all orders are of one day"):
        usual_until(OrderLog.of([("ann", 5, 1.0), ("bob", 5, 1.0)]))


def test_the_seasons_do_not_leak(cdnow_log: OrderLog) -> None:
    """What comes after the split changes nothing that is fitted or forecast."""
    end = cdnow_log.day <= UNTIL + 30
    rows = zip(
        (cdnow_log.customers[code] for code in cdnow_log.customer[end]),
        cdnow_log.day[end].tolist(),
        cdnow_log.amount[end].tolist(),
        strict=True,
    )
    cut = backtest(OrderLog.of(rows), UNTIL, models=["bg_nbd"]).models[0]
    whole = summarise(cdnow_log, UNTIL)
    assert cut.fitted.data.repeats.sum() == whole.repeats.sum()
    assert cut.fitted.log_likelihood_ == pytest.approx(-9582.429, abs=1e-3)
