"""What nobody wrote is no cause: what follows from other lines, and defaults of a release."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from helpers.baselines import FEW, checked, kept, mattering, written

from cvosim.errors import CvosimError
from cvosim.experiment.baseline.checking import updated
from cvosim.experiment.baseline.findings import Status
from cvosim.experiment.baseline.lives import How, recorded
from cvosim.experiment.baseline.places import is_written
from cvosim.experiment.baseline.record import Baseline, BaselineError, Record
from cvosim.scenario.loader import Loaded, load_trees
from cvosim.scenario.scenario import Scenario, scenario_hash

OFFER = "journey.core_offer"


def test_two_lines_of_trust_are_named_and_no_reference(tmp_path: Path) -> None:
    baseline = kept(written(tmp_path, FEW))
    new = FEW.replace("trust: 0.5\n", "trust: 0.6\n").replace("trust: 3.0 ", "trust: 2.5 ")
    assert new.count("trust: 0.6\n") == new.count("trust: 2.5 ") == 1
    finding = checked(baseline, written(tmp_path, new))
    lead, tripwire = "journey.lead_magnet.trust", "journey.tripwire.trust"
    assert {cause.what for cause in finding.causes} == {lead, tripwire}
    # each alone is what an edit of its line does
    for what, text in (
        (lead, FEW.replace("trust: 0.5\n", "trust: 0.6\n")),
        (tripwire, FEW.replace("trust: 3.0 ", "trust: 2.5 ")),
    ):
        single = checked(baseline, written(tmp_path, text))
        (both,) = [cause for cause in finding.causes if cause.what == what]
        (own,) = single.causes
        assert (both.effect, both.matters, both.line) == (own.effect, own.matters, own.line)


def test_shares_that_follow_from_two_lines_are_no_causes(tmp_path: Path) -> None:
    reach = "reach: {{kind: hill, saturation: {}, half_spend: 30000}}"
    channels = FEW[FEW.index("  - {name: facebook") : FEW.index("\njourney:")]
    text = FEW.replace(
        channels,
        "  - {name: tv, kind: paid, budget: 9000, " + reach.format(9000) + "}\n"
        "  - {name: radio, kind: paid, budget: 9000, " + reach.format(3000) + "}\n",
    )
    baseline = kept(written(tmp_path, text))
    new = text.replace("saturation: 9000", "saturation: 8000").replace(": 3000,", ": 5000,")
    finding = checked(baseline, written(tmp_path, new))
    assert {cause.what for cause in finding.causes} == {
        "channels.tv.reach.saturation",
        "channels.radio.reach.saturation",
    }
    assert all(cause.measured == "alone" for cause in mattering(finding))


def test_a_new_step_brings_its_trust_along(tmp_path: Path) -> None:
    """The steps after it were not written at another trust: nobody wrote at which."""
    baseline = kept(written(tmp_path, FEW))
    stain = FEW[FEW.index("    - {kind: upsell, name: stain") : FEW.index("    - {kind: subscr")]
    new = FEW.replace(
        stain, stain.replace("stain_guard", "first").replace("}", ", trust: 1.0}") + stain
    )
    finding = checked(baseline, written(tmp_path, new))
    (cause,) = finding.causes
    assert cause.what == "journey.profit_maximizers.first"
    (whole,) = [one for one in finding.shifts if one.metric == "clv_per_prospect"]
    assert cause.effect is not None
    assert cause.effect.difference == whole.by_scenario


def test_a_list_price_that_is_taken_away_is_a_line(tmp_path: Path) -> None:
    priced = FEW.replace("    price: 249\n", "    price: 199\n    list_price: 249\n")
    baseline = kept(written(tmp_path, priced))
    new = priced.replace("    list_price: 249\n", "")
    finding = checked(baseline, written(tmp_path, new))
    (cause,) = mattering(finding)
    assert (cause.kind, cause.what, cause.after) == ("setting", f"{OFFER}.list_price", 199.0)
    assert new.splitlines()[cause.line - 1] == "  core_offer:"


def test_what_was_written_is_kept_and_read_back(tmp_path: Path) -> None:
    record = kept(written(tmp_path, FEW)).records["shop.yaml"]
    assert record.written is not None
    assert is_written(record.written, ("journey", "tripwire", "price"))
    assert not is_written(record.written, ("journey", "tripwire", "list_price"))
    assert not is_written(record.written, ("market", "segments", "pet_owners", "price_sensitivity"))
    assert is_written(record.written, ("market", "segments", "households", "price_sensitivity"))
    text = Baseline({"shop.yaml": record}).to_json()
    whole = json.loads(text)
    assert whole["records"]["shop.yaml"]["written"] == sorted(record.written)
    del whole["records"]["shop.yaml"]["written"]
    assert Baseline.from_json(json.dumps(whole)).records["shop.yaml"].written is None
    whole["records"]["shop.yaml"]["written"] = ["a", 3]
    with pytest.raises(BaselineError, match='"written" must be a list of texts'):
        Baseline.from_json(json.dumps(whole))


def older(record: Record, file: Path, change: Callable[[Any], object]) -> Baseline:
    """A baseline of a release that filled in something else."""
    settings = json.loads(json.dumps(dict(record.settings)))
    change(settings)
    scenario = Scenario.model_validate(settings)
    made = recorded("shop.yaml", Loaded(scenario, load_trees(file)[0].tree), How())
    software = dataclasses.replace(made.software, cvosim="0.0.1")
    return updated(None, [dataclasses.replace(made, software=software)])


def test_a_default_that_a_release_changed_is_no_line(tmp_path: Path) -> None:
    file = written(tmp_path, FEW)
    record = kept(file).records["shop.yaml"]

    def sensitive(settings: Any) -> None:
        settings["market"]["segments"][0]["price_sensitivity"] = 1.1

    baseline = older(record, file, sensitive)
    finding = checked(baseline, file)
    assert finding.status is Status.CHANGED
    (cause,) = finding.causes
    path = "market.segments.pet_owners.price_sensitivity"
    assert (cause.kind, cause.what) == ("version", f"default of {path}")
    assert (cause.before, cause.after, cause.file, cause.line) == (1.1, 0.0, "", 0)
    assert cause.effect is not None
    # a line that says it is one
    text = FEW.replace("fit: 0.4,", "fit: 0.4, price_sensitivity: 0.0,")
    (cause,) = checked(baseline, written(tmp_path, text)).causes
    assert (cause.kind, cause.what, cause.line > 0) == ("setting", path, True)


def foreign(baseline: Baseline, **settings: object) -> Baseline:
    """A baseline of a release whose settings this one does not understand."""
    (one,) = baseline.records.values()
    made = dataclasses.replace(one.software, cvosim="0.0.1", trajectory_version=1)
    kept_settings = {**one.settings, **settings}
    return updated(None, [dataclasses.replace(one, settings=kept_settings, software=made,
                                              trajectory_hash="0" * 64)])  # fmt: skip


def test_a_changed_line_is_named_where_the_old_settings_cannot_be_read(tmp_path: Path) -> None:
    file = written(tmp_path, FEW)
    baseline = foreign(kept(file), moon_phase=3)
    finding = checked(baseline, file)
    assert (finding.status, [one.what for one in finding.causes]) == (Status.WITHIN, ["settings"])
    new = FEW.replace("unit_cost: 21", "unit_cost: 22").replace("    trust: 0.5\n", "")
    finding = checked(baseline, written(tmp_path, new))
    assert finding.status is Status.CHANGED
    settings = {one.what: one for one in mattering(finding) if one.kind == "setting"}
    assert set(settings) == {"journey.tripwire.unit_cost", "journey.lead_magnet.trust"}
    line = settings["journey.tripwire.unit_cost"].line
    assert "unit_cost: 22" in new.splitlines()[line - 1]
    assert all(one.effect is None for one in settings.values())


def test_an_older_form_of_a_section_names_the_section(tmp_path: Path) -> None:
    file = written(tmp_path, FEW)
    finding = checked(foreign(kept(file), market=[1]), file)
    assert finding.status is Status.CHANGED
    assert [one.what for one in mattering(finding)] == ["market", "settings"]


@pytest.mark.parametrize(("section", "value"), [("market", [1]), ("moon_phase", 3), ("name", None)])
def test_damaged_settings_of_this_release_are_refused(
    section: str, value: object, tmp_path: Path
) -> None:
    """Whoever mends the hash as well is told when the file is read."""
    from cvosim.experiment.baseline.reading import settings_hash

    file = written(tmp_path, FEW)
    baseline = kept(file)
    whole = json.loads(baseline.to_json())
    one = whole["records"]["shop.yaml"]
    one["settings"][section] = value
    with pytest.raises(BaselineError, match=r"its settings are not those|must be text"):
        Baseline.from_json(json.dumps(whole))
    one["scenario_hash"] = settings_hash(one["settings"])
    with pytest.raises(BaselineError, match=r"they were damaged|must be text"):
        Baseline.from_json(json.dumps(whole))
    record = dataclasses.replace(baseline.records["shop.yaml"], settings=one["settings"])
    with pytest.raises(CvosimError, match="they were damaged"):
        checked(updated(None, [record]), file)


def test_a_sound_baseline_of_this_release_is_read(tmp_path: Path) -> None:
    file = written(tmp_path, FEW)
    record = kept(file).records["shop.yaml"]
    assert scenario_hash(Scenario.model_validate(dict(record.settings))) == record.scenario_hash


def test_trust_of_a_base_moves_what_its_variant_keeps(tmp_path: Path) -> None:
    """A variant keeps the references of its base; the base's line is the only one there is."""
    written(tmp_path, FEW, "base.yaml")
    text = "extends: base.yaml\nname: Trusted\nchanges:\n  journey.tripwire.trust: 2.0\n"
    file = written(tmp_path, text)
    baseline = kept(file)
    base = FEW.replace("trust: 0.5\n", "trust: 0.6\n")
    written(tmp_path, base, "base.yaml")
    finding = checked(baseline, file)
    (cause,) = finding.causes
    assert cause.what == "journey.lead_magnet.trust"
    assert cause.file == str(tmp_path / "base.yaml")
    assert "trust: 0.6" in base.splitlines()[cause.line - 1]
    (whole,) = [one for one in finding.shifts if one.metric == "clv_per_prospect"]
    assert cause.effect is not None
    assert cause.effect.difference == whole.by_scenario


def same_lives(baseline: Baseline, **settings: object) -> Baseline:
    """A baseline of a release that simulates the same, and whose settings have another form."""
    (one,) = baseline.records.values()
    made = dataclasses.replace(one.software, cvosim="0.0.1")
    kept_settings = {**one.settings, **settings}
    return updated(None, [dataclasses.replace(one, settings=kept_settings, software=made)])


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("before: Stains", "before: Spots", "market.before"),
        ("trust: 3.0 ", "trust: 2.0 ", "journey.tripwire.trust"),
    ],
)
def test_the_same_lives_are_no_change_though_the_old_settings_cannot_be_read(
    old: str, new: str, path: str, tmp_path: Path
) -> None:
    baseline = same_lives(kept(written(tmp_path, FEW)), moon_phase=3)
    finding = checked(baseline, written(tmp_path, FEW.replace(old, new)))
    assert finding.status is Status.IDENTICAL
    (cause,) = (one for one in finding.causes if one.kind == "setting")
    assert (cause.what, cause.matters, cause.effect) == (path, False, None)


def test_what_moves_money_alone_is_a_change_though_lives_are_the_same(tmp_path: Path) -> None:
    baseline = same_lives(kept(written(tmp_path, FEW)), moon_phase=3)
    new = FEW.replace("discount_rate: 0.10", "discount_rate: 0.20")
    finding = checked(baseline, written(tmp_path, new))
    assert finding.status is Status.CHANGED
    assert "economics.discount_rate" in {one.what for one in mattering(finding)}
