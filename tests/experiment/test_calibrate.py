"""From raw orders to a calibrated scenario file: figures, text, files, and what is refused."""

from __future__ import annotations

import datetime
import difflib
import json
import math
from pathlib import Path

import numpy as np
import pytest
from helpers.cdnow import END, write_cdnow
from scipy import stats

from cvosim.clv.orders.days import format_day
from cvosim.errors import DataError, ScenarioError
from cvosim.experiment.calibrate import Calibration, calibrate
from cvosim.experiment.calibration.repeat import RepeatFit
from cvosim.scenario import library_path, load_scenario


@pytest.fixture(scope="module")
def cdnow_csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_cdnow(tmp_path_factory.mktemp("cdnow") / "orders.csv")


@pytest.fixture(scope="module")
def carpet(cdnow_csv: Path) -> Calibration:
    return calibrate("carpet_cleaning", cdnow_csv, until=END, model="bg_nbd")


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    """Make a small log that everything can be fitted to."""
    path = tmp_path / "orders.csv"
    path.write_text(log_of(gaps=stats.expon.rvs(size=(60, 6), random_state=1) * 20 + 1))
    return path


def repeat_of(result: Calibration) -> RepeatFit:
    assert result.repeat is not None
    return result.repeat


def log_of(gaps: np.ndarray, amounts: np.ndarray | float | None = None) -> str:
    """Write an order log of customers who buy after given gaps, the k-th k % 5 + 1 times."""
    if amounts is None:
        level = stats.gamma.rvs(4, size=(len(gaps), 1), random_state=2)
        amounts = level * stats.gamma.rvs(3, size=gaps.shape, random_state=3)
    money = np.broadcast_to(amounts, gaps.shape)
    lines = ["customer,date,amount"]
    for customer, row in enumerate(np.cumsum(gaps, axis=1)):
        for order in range(customer % 5 + 1):
            day = format_day(20_000 + int(row[order]))
            lines.append(f"{customer},{day},{float(money[customer, order]):.4f}")
    return "\n".join(lines) + "\n"


SCENARIO = """\
# A shop, and a comment about it.
name: Shop   # mine
horizon_days: 100
market:
  segments:
    - {name: all, share: 1}
channels:
  - {name: web, kind: earned, share: 1}
journey:
  core_offer: {name: first, conversion: 0.5, price: 20}
  repeat_purchases:
    after: core_offer        # of course
    frequency:
      model: poisson
      mean_days: 60          # a guess
    spend: {model: fixed, amount: 50}   # another
    margin: 0.4              # from the books
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    path = tmp_path / "shop.yaml"
    path.write_text(SCENARIO)
    return path


def test_cdnow_as_published(carpet: Calibration) -> None:
    """Fader, Hardie & Lee (2005); Fader & Hardie (2013); maxima of the exact likelihoods."""
    frequency, spend = repeat_of(carpet).fit_frequency, repeat_of(carpet).fit_spend
    assert spend is not None
    found = vars(frequency.law)
    exact = {"r": 0.242595, "alpha_days": 7 * 4.413602, "a": 0.792922, "b": 2.425907}
    assert found == pytest.approx(exact, rel=1e-5)
    assert frequency.log_likelihood_ == pytest.approx(-9582.429, abs=1e-3)
    assert vars(spend.law) == pytest.approx({"p": 6.2496, "q": 3.7442, "v": 15.4435}, rel=1e-4)
    assert spend.log_likelihood_ == pytest.approx(-4055.91769, abs=1e-4)
    assert (
        repeat_of(carpet).n_customers,
        repeat_of(carpet).n_repeat,
        repeat_of(carpet).n_repeat_purchases,
    ) == (2357, 946, 2457)
    assert repeat_of(carpet).period == ("1997-01-01", END)
    assert len(carpet.notes) == 2, "no more than what is odd about the orders"
    assert carpet.notes[0].startswith("8 amounts are 0 or below")


def test_cdnow_hold_out(carpet: Calibration) -> None:
    held = repeat_of(carpet).holdout
    assert held is not None
    assert held.forecast == pytest.approx(1653.4, abs=0.05)
    assert (held.actual, held.start, held.end) == (1882, "1997-10-01", "1998-06-30")
    assert held.low < held.forecast < held.high < held.actual


def test_the_library_scenario_is_what_it_was_fitted_to(cdnow_csv: Path) -> None:
    """`cdnow.yaml` holds the published estimates; fitting it to CDNOW changes next to nothing."""
    before = load_scenario("cdnow").journey.repeat_purchases
    after = calibrate(
        "cdnow", cdnow_csv, until=END, model="bg_nbd"
    ).scenario.journey.repeat_purchases
    assert before is not None
    assert after is not None
    for part in ("frequency", "spend"):
        old, new = (getattr(repeat, part).model_dump() for repeat in (before, after))
        assert old.pop("model") == new.pop("model")
        assert new == pytest.approx(old, rel=1e-4)


def test_only_two_lines_of_the_file_change(carpet: Calibration) -> None:
    before = library_path("carpet_cleaning").read_text("utf-8").splitlines()
    changes = [
        line for line in difflib.ndiff(before, carpet.yaml_text.splitlines()) if line[0] in "+-"
    ]
    assert [line.split(":")[0] for line in changes if line[0] == "+"] == [
        "+     frequency",
        "+     spend",
    ]
    assert len(changes) == 4


def test_summary_is_plain_english(carpet: Calibration, cdnow_csv: Path) -> None:
    assert carpet.summary().splitlines()[:8] == [
        f"Orders: 6,919 in {cdnow_csv}, fitted from 1997-01-01 to 1997-09-30.",
        "Customers: 2,357, of whom 946 came back, for 2,457 repeat purchases "
        "(those of one day count as one).",
        "How often they buy (BG/NBD): r = 0.2426 (± 0.013), alpha_days = 30.9 (± 2.6), "
        "a = 0.7929 (± 0.19), b = 2.426 (± 0.71); log-likelihood -9,582.429 with time in weeks.",
        "  At the mean rate a customer buys every 127 days, and 25 % leave after a purchase. By "
        "the model 81 % are still customers on 1997-09-30, which orders alone cannot confirm.",
        "What they spend (Gamma-Gamma): p = 6.25 (± 1.2), q = 3.744 (± 0.29), "
        "v = 15.44 (± 4.2); log-likelihood -4,055.918.",
        "  The mean customer spends 35.17 USD a purchase, by 946 customers who paid for a "
        "repeat purchase.",
        "Hold-out, 1997-10-01 to 1998-06-30: 1,653.4 repeat purchases forecast "
        "(95 % interval 1,454 to 1,853), 1,882 happened.",
        "  The forecast is 12 % below what happened, more than chance explains.",
    ]
    assert "Left as written, since the data do not tell them: " in carpet.summary()


def test_the_model_of_lowest_aic(cdnow_csv: Path) -> None:
    """Log-likelihoods as published: MBG/NBD is best by a hair, Pareto/NBD far behind."""
    result = calibrate("cdnow", cdnow_csv, until=END)
    aic = repeat_of(result).aic
    assert list(aic) == ["mbg_nbd", "bg_nbd", "pareto_nbd"]
    published = {"mbg_nbd": -9582.1357, "bg_nbd": -9582.4292, "pareto_nbd": -9594.9762}
    assert aic == pytest.approx({k: 8 - 2 * v for k, v in published.items()}, abs=3e-4)
    section = result.scenario.journey.repeat_purchases
    assert section is not None
    assert section.frequency.model == "mbg_nbd"
    (note,) = (note for note in result.notes if "AIC" in note)
    assert "MBG/NBD has the lowest AIC, 19,172.3 (BG/NBD 0.6 more, Pareto/NBD 25.7 more)" in note
    assert "The difference from BG/NBD is none to rely on" in note


def test_a_model_by_name(cdnow_csv: Path) -> None:
    result = calibrate("cdnow", cdnow_csv, until=END, model="pareto_nbd")
    section = result.scenario.journey.repeat_purchases
    assert section is not None
    assert section.frequency.model == "pareto_nbd"
    assert repeat_of(result).share_alive == pytest.approx(0.45, abs=0.02)
    assert "leave at a mean rate of" in result.summary()
    with pytest.raises(DataError, match='no purchase model "bgnbd"'):
        calibrate("cdnow", cdnow_csv, model="bgnbd")


def test_json(carpet: Calibration) -> None:
    again = json.loads(json.dumps(carpet.to_dict(), allow_nan=False))
    assert again["holdout"]["actual"] == 1882
    assert again["frequency"]["standard_errors"]["r"] == pytest.approx(0.01256, abs=1e-5)
    assert again["orders"]["customers"] == 2357


def test_without_until_nothing_is_held_out(orders: Path, shop: Path) -> None:
    result = calibrate(shop, orders, model="bg_nbd")
    assert repeat_of(result).holdout is None
    assert "Nothing was held out" in result.summary()
    assert json.loads(json.dumps(result.to_dict(), allow_nan=False))["holdout"] is None
    dates = sorted(line.split(",")[1] for line in orders.read_text().splitlines()[1:])
    assert repeat_of(result).period == (dates[0], dates[-1])


def test_the_authors_words_stay(orders: Path, shop: Path) -> None:
    """Another model takes the place of the author's; the comments around it survive."""
    result = calibrate(str(shop), str(orders), model="bg_nbd", until=datetime.date(2024, 12, 1))
    repeat = result.scenario.journey.repeat_purchases
    assert repeat is not None
    assert (repeat.frequency.model, repeat.spend.model) == ("bg_nbd", "gamma_gamma")
    assert (repeat.margin, repeat.after) == (0.4, "core_offer")
    for words in ("# A shop, and a comment about it.", "# mine", "# of course", "# from the books"):
        assert words in result.yaml_text
    assert "poisson" not in result.yaml_text
    written = shop.with_name("new.yaml")
    result.write(written)
    assert load_scenario(written) == result.scenario


def test_line_ends_stay(orders: Path, shop: Path) -> None:
    shop.write_bytes(SCENARIO.replace("\n", "\r\n").encode())
    result = calibrate(shop, orders, model="bg_nbd")
    result.write(shop)
    text = shop.read_bytes()
    assert text.count(b"\r\n") == text.count(b"\n") > 10


def test_a_variant_keeps_its_changes(
    orders: Path, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(shop.parent)
    variant = shop.with_name("variant.yaml")
    variant.write_text("extends: shop.yaml\nname: Dear\nchanges:\n  journey.core_offer.price: 30\n")
    result = calibrate(variant, orders, model="bg_nbd")
    assert "journey.core_offer.price: 30" in result.yaml_text
    assert result.scenario.journey.core_offer is not None
    assert result.scenario.journey.core_offer.price == 30
    assert result.scenario.journey.repeat_purchases is not None
    assert result.scenario.journey.repeat_purchases.frequency.model == "bg_nbd"
    for place in (shop.with_name("beside.yaml"), shop.parent / "deep" / "er" / "far.yaml"):
        place.parent.mkdir(parents=True, exist_ok=True)
        result.write(place)
        assert load_scenario(place) == result.scenario
    assert "extends: shop.yaml\n" in shop.with_name("beside.yaml").read_text()
    assert '"../../shop.yaml"' in (shop.parent / "deep" / "er" / "far.yaml").read_text()


def test_a_library_variant_travels(orders: Path, tmp_path: Path) -> None:
    result = calibrate("carpet_cleaning_no_tripwire", orders, model="bg_nbd")
    result.write(tmp_path / "mine.yaml")
    assert "\nextends: carpet_cleaning\n" in (tmp_path / "mine.yaml").read_text()
    assert load_scenario(tmp_path / "mine.yaml") == result.scenario
    assert result.scenario.journey.tripwire is None


def test_a_change_that_would_undo_the_fit(orders: Path, shop: Path) -> None:
    variant = shop.with_name("variant.yaml")
    path = "journey.repeat_purchases"
    variant.write_text(
        f"extends: shop.yaml\nname: V\nchanges:\n  {path}.frequency: {{model: bg_nbd, r: 1, "
        f"alpha_days: 9, a: 1, b: 1}}\n  {path}.frequency.r: 0.9\n"
    )
    with pytest.raises(ScenarioError, match="further down override the fitted one"):
        calibrate(variant, orders, model="bg_nbd")


def test_no_repeat_purchases_to_calibrate(orders: Path, shop: Path) -> None:
    shop.write_text(SCENARIO[: SCENARIO.index("  repeat_purchases")])
    with pytest.raises(ScenarioError) as error:
        calibrate(shop, orders, model="bg_nbd")
    (line,) = str(error.value).splitlines()
    assert line.startswith(f"{shop}: journey.repeat_purchases: there is none to calibrate")
    example = line[line.index("repeat_purchases: {") : line.index("; only")]
    shop.write_text(SCENARIO[: SCENARIO.index("  repeat_purchases")] + f"  {example}\n")
    result = calibrate(shop, orders, model="bg_nbd")  # the example works as it stands
    assert result.scenario.journey.repeat_purchases is not None
    assert result.scenario.journey.repeat_purchases.margin == 0.4


def test_a_bad_scenario_is_told_before_orders_are_read(shop: Path) -> None:
    shop.write_text(SCENARIO.replace("margin: 0.4", "margin: 4"))
    with pytest.raises(ScenarioError, match=r"shop.yaml:17:\d+: journey.repeat_purchases.margin"):
        calibrate(shop, "no such file")
    with pytest.raises(ScenarioError, match="no such file"):
        calibrate("carpet_cleanin.yaml", "no such file")


@pytest.mark.parametrize(
    ("until", "words"),
    [
        ("1997-09-31", "until: there is no such day as '1997-09-31'"),
        ("autumn", "until: 'autumn' is not a date; write it as 1997-09-30 or 19970930"),
        ("2020-01-01", "until 2020-01-01 must be on or after the first order"),
        (datetime.date(1950, 1, 1), "until 1950-01-01 must be on or after the first order"),
    ],
)
def test_until_out_of_place(
    orders: Path, shop: Path, until: str | datetime.date, words: str
) -> None:
    with pytest.raises(DataError, match=words):
        calibrate(shop, orders, model="bg_nbd", until=until)


def test_nobody_came_back(tmp_path: Path, shop: Path) -> None:
    path = tmp_path / "once.csv"
    path.write_text("customer,date,amount\na,20240101,1\nb,20240102,1\nb,20240102,4\n")
    with pytest.raises(DataError) as error:
        calibrate(shop, path, model="bg_nbd")
    assert str(error.value) == (
        f"{path}: none of the 2 customers bought on a second day by the end of the period: "
        "there is no repeat buying to fit"
    )


def test_columns_are_handed_on(orders: Path, shop: Path) -> None:
    orders.write_text(orders.read_text().replace("customer,date,amount", "wer,wann,wieviel"))
    result = calibrate(shop, orders, model="bg_nbd", customer="wer", date="wann", amount="wieviel")
    assert repeat_of(result).n_customers == 60
    with pytest.raises(DataError, match="no customer column"):
        calibrate(shop, orders, model="bg_nbd")


GAPS = stats.expon.rvs(size=(80, 6), random_state=5) * 20 + 1


def test_one_price_is_fixed_spend(tmp_path: Path, shop: Path) -> None:
    path = tmp_path / "o.csv"
    path.write_text(log_of(GAPS, 19.9))
    result = calibrate(shop, path, model="bg_nbd")
    assert repeat_of(result).fit_spend is None
    assert result.scenario.journey.repeat_purchases is not None
    spend = result.scenario.journey.repeat_purchases.spend
    assert spend.model_dump() == {"model": "fixed", "amount": 19.9}
    assert "Note: Every repeat purchase is worth 19.9: spend is fixed." in result.summary()


def test_gifts_leave_the_spend_alone(tmp_path: Path, shop: Path) -> None:
    path = tmp_path / "o.csv"
    path.write_text(log_of(GAPS, 0.0))
    result = calibrate(shop, path, model="bg_nbd")
    assert "spend: {model: fixed, amount: 50}   # another" in result.yaml_text
    assert "Spend stays as it was: no customers paid for a repeat purchase" in result.notes[-1]


def test_one_repeat_customer_tells_no_spend(tmp_path: Path, shop: Path) -> None:
    path = tmp_path / "o.csv"
    path.write_text("customer,date,amount\na,20240101,1\na,20240106,2\nb,20240101,9\n")
    result = calibrate(shop, path, model="bg_nbd")
    assert "Spend stays as it was: 1 customer paid for a repeat purchase" in result.notes[-1]


def test_spend_without_a_mean_is_not_written(tmp_path: Path, shop: Path) -> None:
    level = 1 / stats.gamma.rvs(0.6, size=(80, 1), random_state=8)
    path = tmp_path / "o.csv"
    path.write_text(log_of(GAPS, level * stats.gamma.rvs(3, size=GAPS.shape, random_state=9)))
    result = calibrate(shop, path, model="bg_nbd")
    assert repeat_of(result).fit_spend is not None
    assert repeat_of(result).fit_spend.law.q < 1
    assert "spend: {model: fixed, amount: 50}   # another" in result.yaml_text
    assert "no finite mean" in result.notes[-1]
    assert "spend has no bound" in result.summary()
    json.dumps(result.to_dict(), allow_nan=False)


def test_dependence_of_spend_on_frequency_is_noted(tmp_path: Path, shop: Path) -> None:
    level = 10.0 * (np.arange(80) % 5 + 1)[:, np.newaxis]
    path = tmp_path / "o.csv"
    path.write_text(log_of(GAPS, level * stats.gamma.rvs(3, size=GAPS.shape, random_state=9)))
    note = calibrate(shop, path, model="bg_nbd").notes[-1]
    assert note.startswith("Frequent customers spend more per purchase (correlation 0.")


def test_a_fit_that_is_not_clear_cut_says_so(tmp_path: Path, shop: Path) -> None:
    path = tmp_path / "o.csv"
    path.write_text(
        "customer,date,amount\na,20240101,1\na,20240106,2\nb,20240101,9\nb,20240111,3\n"
    )
    result = calibrate(shop, path, model="bg_nbd")
    assert not repeat_of(result).fit_frequency.converged_
    first, *rest = result.summary().splitlines()
    assert first.startswith(
        "Warning: The fit of repeat purchases is not clear-cut: the orders do not settle"
    )
    assert "Its parameters are not identified" in first
    (parameters,) = (line for line in rest if line.startswith("How often"))
    assert parameters.count("(± n/a)") == 4
    assert result.to_dict()["warnings"] == list(result.warnings)
    assert result.to_dict()["frequency"]["standard_errors"] is None
    assert result.scenario.journey.repeat_purchases is not None
    assert all(
        math.isfinite(v)
        for v in result.scenario.journey.repeat_purchases.frequency.model_dump(
            exclude={"model"}
        ).values()
    )
    json.dumps(result.to_dict(), allow_nan=False)


def test_a_forecast_from_what_is_not_identified_has_no_interval(tmp_path: Path, shop: Path) -> None:
    path = tmp_path / "o.csv"
    path.write_text(
        "customer,date,amount\na,20240101,1\na,20240106,2\nb,20240101,9\nb,20240111,3\n"
        "b,20240301,2\n"
    )
    result = calibrate(shop, path, model="bg_nbd", until="2024-02-01")
    assert repeat_of(result).holdout is not None
    assert math.isnan(repeat_of(result).holdout.low)
    assert result.to_dict()["holdout"]["high"] is None
    assert "(95 % interval n/a), 1 happened." in result.summary()
    assert "more than chance" not in result.summary()


@pytest.mark.parametrize(
    ("old", "new"),
    [("pareto_nbd", "bg_nbd"), ("poisson", "bg_nbd"), ("lognormal", "gamma_gamma")],
)
def test_another_model_is_said_to_be_replaced(orders: Path, shop: Path, old: str, new: str) -> None:
    text = SCENARIO
    if old == "pareto_nbd":
        more = "pareto_nbd\n      r: 1\n      alpha_days: 9\n      s: 1\n      beta_days: 30"
        text = text.replace("poisson\n      mean_days: 60", more)
    if old == "lognormal":
        text = text.replace("{model: fixed, amount: 50}", "{model: lognormal, median: 9, sigma: 1}")
    shop.write_text(text)
    words = f"was {old} and is {new} now."
    assert [note for note in calibrate(shop, orders, model="bg_nbd").notes if words in note]


def test_a_model_that_stays_is_not_mentioned(orders: Path) -> None:
    assert not [
        note for note in calibrate("cdnow", orders, model="bg_nbd").notes if " was " in note
    ]


def test_a_simulated_log_gives_its_scenario_back(tmp_path: Path) -> None:
    """The whole circle: scenario, engine, events, order log, fit, scenario."""
    from cvosim.experiment.simulate import simulate
    from cvosim.tables.schema import EventKind

    run = simulate(load_scenario("cdnow"), customers=6000, engine="reference", events=True)
    assert run.events is not None
    events = run.events.columns
    paid = np.isin(events.kind, [EventKind.BOUGHT, EventKind.REORDERED])
    rows = zip(events.customer_id[paid], events.time[paid], events.revenue[paid], strict=True)
    lines = [f"{who},{format_day(int(when))},{float(money)!r}" for who, when, money in rows]
    path = tmp_path / "o.csv"
    path.write_text("\n".join(["customer,date,amount", *lines]))
    result = calibrate("cdnow", path, model="bg_nbd")
    before = run.scenario.journey.repeat_purchases
    assert before is not None
    assert repeat_of(result).fit_spend is not None
    for fit, section in [
        (repeat_of(result).fit_frequency, before.frequency),
        (repeat_of(result).fit_spend, before.spend),
    ]:
        assert fit.standard_errors_ is not None
        for name, error in fit.standard_errors_.items():
            # Whole days lose a little: purchases of one day merge.
            planted = getattr(section, name)
            assert abs(getattr(fit.law, name) - planted) < 4 * error + 0.03 * planted, name
