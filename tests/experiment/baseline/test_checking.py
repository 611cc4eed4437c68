"""What changed is found, named, and placed; what did not is left in peace."""

from __future__ import annotations

import math
from pathlib import Path
from typing import NamedTuple

import pytest
from helpers.baselines import FEW, checked, kept, mattering, written

from cvosim import load_scenario
from cvosim.errors import CvosimError
from cvosim.experiment.baseline.checking import check, record, updated
from cvosim.experiment.baseline.findings import Status
from cvosim.experiment.baseline.record import Baseline, Tolerances
from cvosim.experiment.compare import compare
from cvosim.scenario import library, library_path


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Baseline]:
    """A file and its baseline; tests write changed files elsewhere, under the same name."""
    file = written(tmp_path_factory.mktemp("shop"), FEW)
    return file, kept(file)


@pytest.mark.parametrize("name", library())
def test_every_library_scenario_is_identical_to_its_own_baseline(name: str) -> None:
    records = record(name, customers=2000, seed=5)
    baseline = Baseline.from_json(updated(None, records).to_json())
    (finding,) = check(baseline, [name]).findings
    assert finding.status is Status.IDENTICAL
    assert not mattering(finding)
    assert {shift.status for shift in finding.shifts} == {Status.IDENTICAL}
    assert all(shift.by_version == shift.by_scenario == 0.0 for shift in finding.shifts)
    assert finding.record.trajectory_hash == records[0].trajectory_hash


class Planted(NamedTuple):
    """A change of the file: what to replace by what, what it is called, on which line it is."""

    old: str
    new: str
    path: str
    line: str
    """Text of the line that is pointed at, in the changed file."""


NEW_PROGRAM = (
    "    - {kind: remarketing, name: second, at: [core_offer], window_days: 9, "
    "impressions_per_day: 1, click: 0.1, conversion: 0.5, cpm: 6}\n"
)
DISPLAY = FEW[FEW.index("    - {kind: remarketing") : FEW.index("\neconomics")]
STAIN = FEW[FEW.index("    - {kind: upsell, name: stain") : FEW.index("    - {kind: subscription")]
CARE = FEW[FEW.index("    - {kind: subscription") : FEW.index("    - {kind: slack_adjuster")]
PLANTED = {
    "price": Planted("price: 29", "price: 19", "journey.tripwire.price", "price: 19"),
    "conversion": Planted(
        "conversion: 0.22", "conversion: 0.23", "journey.lead_magnet.conversion", "conversion: 0.23"
    ),
    "delay": Planted("median_days: 14", "median_days: 15", "journey.core_offer.delay.median_days",
                     "median_days: 15"),
    "kind of delay": Planted(
        "delay: {kind: lognormal, median_days: 3, sigma: 1.0}",
        "delay: {kind: exponential, mean_days: 4}",
        "journey.tripwire.delay",
        "mean_days: 4",
    ),
    "list": Planted("days: [1, 3,", "days: [2, 3,", "journey.return_path.nurture.days", "[2, 3,"),
    "item in an item": Planted(
        "alpha: 0.668", "alpha: 6",
        "journey.profit_maximizers.quarterly_care.churn.alpha", "alpha: 6,"
    ),
    "served stages": Planted(
        "name: nurture, at: [tripwire, core_offer]", "name: nurture, at: [tripwire]",
        "journey.return_path.nurture.at", "name: nurture",
    ),
    "added program": Planted(
        "\neconomics", NEW_PROGRAM + "\neconomics", "journey.return_path.second", "name: second"
    ),
    "program in the middle": Planted(
        DISPLAY, NEW_PROGRAM + DISPLAY, "journey.return_path.second", "name: second"
    ),
    "removed program": Planted(DISPLAY, "", "journey.return_path.display", "return_path:"),
    "segment": Planted("fit: 0.4", "fit: 0.5", "market.segments.pet_owners.fit", "fit: 0.5"),
    "cost of a channel": Planted(
        "cost_per_prospect: 1.10", "cost_per_prospect: 1.20", "channels.search.cost_per_prospect",
        "1.20",
    ),
    "arrivals": Planted(
        "over_days: 365", "over_days: 360", "channels.facebook.arrivals.over_days", "360"
    ),
    "repeat purchases": Planted(
        "r: 0.243", "r: 0.25", "journey.repeat_purchases.frequency.r", "r: 0.25"
    ),
    "discount": Planted(
        "discount_rate: 0.10", "discount_rate: 0.11", "economics.discount_rate", "0.11"
    ),
    "horizon": Planted("horizon_days: 730", "horizon_days: 700", "horizon_days", "700"),
    "written out": Planted(
        "fit: 0.4,", "fit: 0.4, price_sensitivity: 0.3,",
        "market.segments.pet_owners.price_sensitivity", "price_sensitivity: 0.3",
    ),
    "left out": Planted("  propensity_sd: 0.5\n", "", "market.propensity_sd", "market:"),
    "currency": Planted("currency: USD", "currency: EUR", "currency", "currency: EUR"),
}  # fmt: skip


@pytest.mark.parametrize("planted", PLANTED.values(), ids=PLANTED)
def test_a_planted_change_is_found_and_named_with_its_line(
    planted: Planted, shop: tuple[Path, Baseline], tmp_path: Path
) -> None:
    assert FEW.count(planted.old) == 1
    text = FEW.replace(planted.old, planted.new)
    file = written(tmp_path, text)
    finding = checked(shop[1], file)
    assert finding.status is Status.CHANGED
    (cause,) = mattering(finding)
    assert (cause.kind, cause.what, cause.file) == ("setting", planted.path, str(file))
    assert planted.line in text.splitlines()[cause.line - 1]
    # nothing else changed, so that its effect is the whole difference
    (whole,) = [one for one in finding.shifts if one.metric == "clv_per_prospect"]
    assert cause.effect is not None
    assert cause.effect.difference == whole.by_scenario
    assert whole.by_version == 0.0
    assert whole.interval in ((cause.effect.low, cause.effect.high), None)


QUIET = {
    "comment": ("name: Carpet", "# a comment\nname: Carpet"),
    "layout": ("  propensity_sd: 0.5", "  propensity_sd:    0.50   # wide"),
    "quotes": ("currency: USD", 'currency: "USD"'),
    "default": ("currency: USD\n", ""),
    "name": ("name: Carpet cleaning", "name: Carpets"),
    "description": ("description: A local", "description: The local"),
    "words": ("before: Stains", "before: Spots"),
    "list price": ("    price: 249\n", "    price: 249\n    list_price: 249\n"),
    "experiment": (
        "economics:",
        "experiment: {name: t, assign_at: tripwire, arms: [{name: a, share: 0.5}, {name: b, "
        "share: 0.5, changes: {journey.tripwire.price: 9}}], enrol_days: 9, follow_days: 9, "
        "metrics: [contribution]}\neconomics:",
    ),
}


@pytest.mark.parametrize(("old", "new"), QUIET.values(), ids=QUIET)
def test_what_no_customer_feels_is_identical(
    old: str, new: str, shop: tuple[Path, Baseline], tmp_path: Path
) -> None:
    assert old in FEW
    finding = checked(shop[1], written(tmp_path, FEW.replace(old, new)))
    assert finding.status is Status.IDENTICAL
    assert not mattering(finding)
    settings = ("name", "description", "words", "experiment")
    named = [(one.what, one.before, one.after) for one in finding.causes]
    assert bool(named) == (new in [QUIET[each][1] for each in settings])


def test_an_order_that_moves_no_metric_is_within_tolerance(
    shop: tuple[Path, Baseline], tmp_path: Path
) -> None:
    text = FEW.replace(STAIN + CARE, CARE + STAIN)
    finding = checked(shop[1], written(tmp_path, text))
    assert finding.status is Status.WITHIN
    (cause,) = mattering(finding)
    assert cause.what == "journey.profit_maximizers"
    assert text.splitlines()[cause.line - 1] == "  profit_maximizers:"
    assert cause.after == ["quarterly_care", "stain_guard", "whole_home_restoration"]


def test_two_changes_have_their_own_effects(shop: tuple[Path, Baseline], tmp_path: Path) -> None:
    text = FEW.replace("price: 29", "price: 19").replace("price: 249", "price: 229")
    finding = checked(shop[1], written(tmp_path, text))
    causes = {cause.what: cause for cause in mattering(finding)}
    assert set(causes) == {"journey.tripwire.price", "journey.core_offer.price"}
    base = load_scenario(shop[0])
    for path, price in (("journey.tripwire.price", 19), ("journey.core_offer.price", 229)):
        # as an author would do it: the list price follows a price that is no offer
        line = (
            text.replace("price: 229", "price: 249")
            if price == 19
            else text.replace("price: 19", "price: 29")
        )
        alone = load_scenario(written(tmp_path, line.replace("name: Carpet", "name: One")))
        wanted = compare([base, alone]).differences[alone.name]["clv_per_prospect"]
        assert causes[path].effect == wanted


def test_a_change_through_extends_stands_in_the_file_that_holds_it(tmp_path: Path) -> None:
    written(tmp_path, FEW, "base.yaml")
    text = "extends: base.yaml\nname: Cheap\nchanges:\n  journey.core_offer.price: 199\n"
    file = written(tmp_path, text)
    baseline = kept(file)
    written(tmp_path, FEW.replace("discount: 0.10", "discount: 0.20"), "base.yaml")
    (cause,) = mattering(checked(baseline, file))
    assert cause.what == "journey.return_path.ten_percent_off.discount"
    assert cause.file == str(tmp_path / "base.yaml")
    assert "discount: 0.20" in FEW.replace("0.10,", "0.20,").splitlines()[cause.line - 1]
    written(tmp_path, FEW, "base.yaml")
    written(tmp_path, text.replace("199", "189"))
    (cause,) = mattering(checked(baseline, file))
    assert (cause.what, cause.file, cause.line) == ("journey.core_offer.price", str(file), 4)


def test_a_removed_stage_takes_along_what_served_it(tmp_path: Path) -> None:
    written(tmp_path, FEW, "base.yaml")
    text = "extends: base.yaml\nname: Straight\nchanges:\n  journey.core_offer.price: 249\n"
    file = written(tmp_path, text)
    baseline = kept(file)
    written(tmp_path, text + "  journey.tripwire: null\n")
    finding = checked(baseline, file)
    (cause,) = mattering(finding)
    assert (cause.what, cause.after, cause.line) == ("journey.tripwire", None, 5)
    gone = [one for one in finding.shifts if one.metric == "conversion.tripwire"]
    assert [one.status for one in gone] == [Status.CHANGED]
    assert math.isnan(gone[0].after.value)


VARIANTS = (
    "variants:\n  - name: Dear\n    changes: {journey.tripwire.price: 49}\n"
    "  - name: Straight\n    changes:\n      journey.tripwire: null\n"
)


def test_listed_variants_are_checked_each(tmp_path: Path) -> None:
    file = written(tmp_path, FEW + VARIANTS)
    baseline = kept(file)
    assert list(baseline.records) == ["shop.yaml", "shop.yaml: Dear", "shop.yaml: Straight"]
    written(tmp_path, FEW + VARIANTS.replace("49", "59"))
    found = check(baseline, [file], beside=tmp_path)
    by_key = {one.key: one for one in found.findings}
    assert [one.status.value for one in by_key.values()] == ["identical", "changed", "identical"]
    (cause,) = mattering(by_key["shop.yaml: Dear"])
    assert cause.what == "journey.tripwire.price"
    assert cause.line == (FEW + VARIANTS).splitlines().index(VARIANTS.splitlines()[2]) + 1
    assert not found.ok


def test_new_and_gone_variants_are_told(tmp_path: Path) -> None:
    file = written(tmp_path, FEW + VARIANTS)
    baseline = kept(file)
    written(tmp_path, FEW + VARIANTS.replace("Dear", "Dearer"))
    found = check(baseline, [file], beside=tmp_path)
    assert [one.status for one in found.findings][1] is Status.MISSING
    assert found.gone == found.unchecked == ("shop.yaml: Dear",)
    assert not found.ok
    keys = ["shop.yaml", "shop.yaml: Straight", "shop.yaml: Dearer"]
    assert set(updated(baseline, found).records) == set(keys)
    assert set(updated(baseline, record(file, beside=tmp_path)).records) == set(keys)


def test_tolerances_hold_for_all_metrics_or_for_one(
    shop: tuple[Path, Baseline], tmp_path: Path
) -> None:
    file = written(tmp_path, FEW.replace("unit_cost: 0.02", "unit_cost: 0.0201"))

    def status(allowed: Tolerances) -> Status:
        return check(shop[1], [file], tolerances=allowed, beside=tmp_path).findings[0].status

    assert status(Tolerances()) is Status.CHANGED
    assert status(Tolerances(0.01)) is Status.WITHIN
    assert status(Tolerances(0.01, {"cac": 0.0})) is Status.CHANGED
    with pytest.raises(CvosimError, match='no scenario here has such a metric; did you mean "cac"'):
        status(Tolerances(0.01, {"cacc": 0.1}))


def test_a_changed_file_of_daily_arrivals_points_at_the_channel(tmp_path: Path) -> None:
    def days(second: int) -> None:
        written(tmp_path, f"visits\n40\n{second}\n30\n", "visits.csv")

    arrivals = "arrivals: {kind: daily, file: visits.csv, column: visits}"
    text = FEW.replace("arrivals: {kind: uniform, over_days: 365}", arrivals)
    days(20)
    file = written(tmp_path, text)
    baseline = kept(file)
    assert checked(baseline, file).status is Status.IDENTICAL
    days(90)
    finding = checked(baseline, file)
    (cause,) = mattering(finding)
    assert (cause.what, cause.after) == ("channels.facebook.arrivals.weights", [40.0, 90.0, 30.0])
    assert arrivals in text.splitlines()[cause.line - 1]
    assert cause.effect is not None


def test_the_baselines_customers_and_seed_are_used(tmp_path: Path) -> None:
    file = written(tmp_path, FEW)
    baseline = updated(None, record(file, customers=1500, seed=3, beside=tmp_path))
    found = check(baseline, [file], beside=tmp_path)
    assert found.ok
    told = {cause.what: (cause.before, cause.after) for cause in found.findings[0].causes}
    assert told == {"customers": (1500, 4000), "seed": (3, 7)}
    again = found.findings[0].record
    assert (again.customers, again.seed) == (1500, 3)


def test_keys_are_seen_from_the_baseline(tmp_path: Path) -> None:
    (tmp_path / "funnels").mkdir()
    file = written(tmp_path / "funnels", FEW)
    assert record(file, customers=10, beside=tmp_path)[0].key == "funnels/shop.yaml"
    assert record(file, customers=10, beside=tmp_path / "ci")[0].key == "../funnels/shop.yaml"
    assert record("cdnow", customers=10, beside=tmp_path)[0].key == "cdnow"
    path = library_path("cdnow")
    assert record(path, customers=10, beside=path.parent)[0].key == "cdnow.yaml"


def test_what_has_no_record_is_missing(shop: tuple[Path, Baseline], tmp_path: Path) -> None:
    written(tmp_path, FEW)
    found = check(shop[1], [written(tmp_path, FEW, "other.yaml")], beside=tmp_path)
    assert not found.ok
    assert found.findings[0].status is Status.MISSING
    assert found.findings[0].shifts == found.findings[0].causes == ()
    assert (found.unchecked, found.gone) == (("shop.yaml",), ())
    assert set(updated(shop[1], found).records) == {"shop.yaml", "other.yaml"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("name: households", "name: homes"),
        ("name: organic", "name: friends"),
        ("name: quarterly_care", "name: care"),
        ("name: display", "name: banner"),
    ],
)
def test_a_renamed_item_is_named_with_its_line(
    old: str, new: str, shop: tuple[Path, Baseline], tmp_path: Path
) -> None:
    text = FEW.replace(old, new)
    (cause,) = checked(shop[1], written(tmp_path, text)).causes
    assert (cause.before, cause.after) == (old.removeprefix("name: "), new.removeprefix("name: "))
    assert new in text.splitlines()[cause.line - 1]
