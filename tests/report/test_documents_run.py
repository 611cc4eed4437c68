from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from helpers.html_page import check, embedded, words

from cvosim.experiment.illustrated import Illustrated, illustrate
from cvosim.experiment.simulate import simulate
from cvosim.metrics.estimate import Estimate, Metrics
from cvosim.metrics.portrait import CashBand
from cvosim.report.documents.run import run_document
from cvosim.report.documents.run_verdict import run_verdict
from cvosim.report.html import html_of
from cvosim.scenario import load_scenario

EVIL = '<script>alert(1)</script> & "Sons"'
SCENARIO = load_scenario("carpet_cleaning")


@pytest.fixture(scope="module")
def found() -> Illustrated:
    scenario = load_scenario("carpet_cleaning", [f"name='{EVIL}'", f"description='{EVIL}'"])
    return illustrate([scenario], customers=1500, seed=3)


def test_the_page_of_a_run_keeps_every_promise(found: Illustrated) -> None:
    text = html_of(run_document(found).made_by("cvosim run mine.yaml"))
    page = check(text)
    assert words(next(page.iter("h1"))) == EVIL
    assert len(list(page.iter("figure"))) >= 7
    assert len(list(page.iter("script"))) == 1
    manifest = next(one for one in page.iter("section") if one.get("id") == "manifest")
    rows = [[words(cell) for cell in row] for row in manifest.iter("tr")]
    assert ["command", "cvosim run mine.yaml"] in rows
    assert ["seed", "3"] in rows
    assert ["customers", "1500"] in rows


def test_the_page_carries_the_results_in_full(found: Illustrated) -> None:
    data = embedded(check(html_of(run_document(found))))
    assert data["metrics"] == found.metrics[EVIL].to_dict()
    assert data["scenario"]["customers"] == 1500
    assert data["manifest"]["seed"] == 3
    assert not {"started", "seconds", "compile_seconds", "threads"} & set(data["manifest"])


def test_threads_change_no_byte(found: Illustrated) -> None:
    again = illustrate(found.scenarios, threads=1)
    assert html_of(run_document(again)) == html_of(run_document(found))


def cash(payback: float, low: float = math.inf, high: float = math.inf) -> CashBand:
    nothing = np.zeros(2)
    return CashBand(nothing, nothing, nothing, nothing, nothing, payback, low, high)


def metrics(**values: tuple[float, float]) -> Metrics:
    found = {
        "prospects": (100_000.0, 0.0),
        "buyers": (5000.0, 70.0),
        "revenue": (500_000.0, 25_000.0),
        "clv_per_prospect": (5.0, 0.5),
        "clv_per_buyer": (100.0, 4.0),
        "cac": (20.0, 1.0),
        "ltv_to_cac": (5.0, 0.3),
        "reach.tripwire": (1.0, 0.0),
        "drop_off.tripwire": (0.6, 0.01),
        "reach.core_offer": (0.4, 0.01),
        "drop_off.core_offer": (0.9, 0.01),
        "reach.stain_guard": (0.9, 0.01),
        "drop_off.stain_guard": (0.99, 0.01),
    } | {name.replace("__", "."): value for name, value in values.items()}
    return Metrics({name: Estimate(*value, "USD") for name, value in found.items()})


def test_the_verdict_says_what_a_prospect_earns_and_how_sure_that_is() -> None:
    first, second = run_verdict(SCENARIO, metrics(), cash(9.0, 8.0, 10.0)).splitlines()
    assert first == (
        "Carpet cleaning: a prospect earns USD 5.00 on average over 730 days, after all costs "
        "(95 % interval from USD 4.02 to USD 5.98)."
    )
    assert second == (
        "A buyer is worth USD 100.00 (± 7.84) before the cost of winning it, and costs USD 20.00 "
        "(± 1.96) to win: 5.0 times as much is earned. The money spent on prospects is back 9 "
        "days after they arrive (95 % interval 8 to 10). Most people are lost at the tripwire: "
        "60,000 of 100,000 prospects (60.0 % ± 2.0 points) go no further within the time "
        "simulated."
    )


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"clv_per_prospect": (-5.0, 0.5)}, "a prospect loses USD 5.00 on average"),
        ({"clv_per_prospect": (0.5, 0.5)}, "Whether that is a gain or a loss is not certain"),
        ({"clv_per_prospect": (5.0, math.nan)}, "Too few prospects (100,000) to tell"),
        ({"clv_with_referrals": (7.0, 0.5)}, "earns USD 7.00 on average over 730 days, after all "
         "costs, people brought by referral included"),
        ({"clv_with_referrals": (math.nan, 0.5)}, "earns USD 5.00 on average"),
        ({"clv_per_buyer": (math.nan, math.nan)}, "Nobody buys."),
        ({"cac": (0.0, 0.0)}, "A buyer is worth USD 100.00 (± 7.84), and costs nothing to win."),
        ({"ltv_to_cac": (0.5, 0.1)}, "but costs USD 20.00 (± 1.96) to win: more than it is worth."),
        ({"clv_per_prospect": (-0.5, 0.5), "ltv_to_cac": (0.8, 0.2)}, "and costs USD 20.00 "
         "(± 1.96) to win: 0.80 times as much is earned (95 % interval 0.41 to 1.19), so which of "
         "the two is more is not certain."),
        # nothing surer than the line above it, nor less sure
        ({"clv_per_prospect": (-0.5, 0.5), "ltv_to_cac": (0.8, 0.1)}, "is not certain. The"),
        ({"ltv_to_cac": (1.1, 0.1)}, "1.10 times as much is earned (95 % interval 0.90 to 1.30)."),
        ({"drop_off__tripwire": (0.1, 0.01)}, "Most people are lost at the core offer: 36,000 of "
         "100,000 prospects (36.0 %) go no further within the time simulated, 90.0 % ± 2.0 "
         "points of those who get there."),
    ],
)  # fmt: skip
def test_the_verdict_fits_the_numbers(changes: dict[str, tuple[float, float]], said: str) -> None:
    assert said in run_verdict(SCENARIO, metrics(**changes), cash(9.0))


@pytest.mark.parametrize(
    ("band", "said"),
    [
        (cash(math.nan), "The money spent on prospects is not back within 730 days."),
        (cash(math.nan, 367.0), "is on average not back within 730 days, but it may be from day "
         "367 on."),
        (cash(0.0), "What prospects pay covers what they cost from the first day on."),
        (cash(9.0, 8.0, math.inf), "(95 % interval from 8, with no end in sight)"),
        (cash(1.0, 1.0, 1.0), "is back 1 day after they arrive."),
    ],
)  # fmt: skip
def test_the_verdict_knows_when_money_is_not_back(band: CashBand, said: str) -> None:
    assert said in run_verdict(SCENARIO, metrics(), band)


def carrying(buyers: float, carriers: float, prospects: float = 5000.0) -> Metrics:
    """Of a revenue of 1,000 that so many bring, who carry as much as so many alike."""
    squares = 1e6 / carriers if carriers else 0.0
    error = math.sqrt((squares - 1e6 / prospects) * prospects / (prospects - 1)) if carriers else 0
    total = 1000.0 if carriers else 0.0
    found = {"prospects": (prospects, 0.0), "buyers": (buyers, 1.0), "revenue": (total, error)}
    return metrics(**found)


@pytest.mark.parametrize(
    ("buyers", "carriers", "said"),
    [
        (1, 1, "Too few buyers (1) to tell what a prospect is worth in Carpet cleaning: simulate "
         "more."),
        (0, 0, "Too few buyers (0) to tell"),
        (29, 29, "Too few buyers (29) to tell"),
        (90, 14.9, "Too few buyers (90, so unequal that they count as 15) to tell"),
    ],
)  # fmt: skip
def test_a_handful_of_buyers_tells_nothing(buyers: int, carriers: float, said: str) -> None:
    text = run_verdict(SCENARIO, carrying(buyers, carriers), cash(9.0, 8.0, 10.0))
    assert text.startswith(said)
    for word in ("USD", "95 % interval", "worth USD", "is back"):
        assert word not in text
    assert "Most people are lost at the tripwire: " in text


@pytest.mark.parametrize(
    ("buyers", "carriers", "said"),
    [
        (30, 30, "). These numbers are rough: carried by 30 buyers."),
        (199, 20, "carried by 199 buyers, so unequal that they count as 20."),
        (500, 49, "carried by 500 buyers, so unequal that they count as 49."),
    ],
)
def test_some_buyers_tell_it_roughly(buyers: int, carriers: float, said: str) -> None:
    text = run_verdict(SCENARIO, carrying(buyers, carriers), cash(9.0, 8.0, 10.0))
    assert said in text.splitlines()[0]
    assert "a prospect earns USD 5.00" in text
    assert "rough" not in run_verdict(SCENARIO, carrying(200, 50.1), None)


def test_that_nobody_of_very_many_buys_is_no_lack_of_prospects() -> None:
    unsold = {**carrying(0, 0, 10_000.0), "clv_per_prospect": Estimate(-1.0, 0.1, "USD"),
              "clv_per_buyer": Estimate(math.nan, math.nan, "USD")}  # fmt: skip
    text = run_verdict(SCENARIO, Metrics(unsold), None)
    assert "a prospect loses USD 1.00" in text
    assert "Nobody buys." in text


@pytest.mark.parametrize("name", ["pizza_chain", "carpet_cleaning", "heavy_tail"])
def test_no_small_run_claims_what_is_false(name: str) -> None:
    """Each earns money; without a rule, half of the runs of 50 prospects were sure of a loss."""
    scenario = load_scenario(name)
    for seed in range(8):
        for customers in (50, 200):
            metrics = simulate(scenario, customers=customers, seed=seed).metrics()
            assert run_verdict(scenario, metrics, None).startswith("Too few buyers ("), seed
    metrics = simulate(scenario, customers=8000, seed=1).metrics()
    assert " earns USD " in run_verdict(scenario, metrics, None)


def test_key_numbers_of_a_handful_have_no_interval_of_money() -> None:
    document = run_document(illustrate([load_scenario("pizza_chain")], customers=50))
    shown = {row[0]: row for row in document.sections[0].tables[0].shown}
    assert shown["Worth of a prospect (CLV)"][2] == "n/a"
    assert shown["Worth of a buyer over that cost"][2] == "n/a"
    assert shown["Buyers"][1:] == ("1", "0 to 3")
    assert document.sections[2].words.endswith("do not go by them.")


def test_without_a_known_leak_none_is_named(found: Illustrated) -> None:
    unknown = {f"drop_off__{one}": (math.nan, math.nan) for one in ("tripwire", "core_offer")}
    assert "are lost" not in run_verdict(SCENARIO, metrics(**unknown), cash(9.0))


def test_key_numbers_leave_out_what_is_not_known(found: Illustrated) -> None:
    ours = found.metrics[EVIL]
    unknown = Metrics({**ours, "cac": Estimate(math.nan, math.nan, "USD")})
    page = run_document(replace(found, metrics={EVIL: unknown})).sections[0].tables[0]
    labels = [row[0] for row in page.shown]
    assert labels[0] == "Worth of a prospect (CLV)"
    assert "Cost of winning a buyer (CAC)" not in labels
