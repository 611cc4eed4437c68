"""Changes that depend on each other, and what is measured of which."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from helpers.baselines import FEW, checked, kept, mattering, written

from cvosim import load_scenario
from cvosim.experiment.baseline.effects import MOST_EFFECTS
from cvosim.experiment.baseline.findings import Finding, Status
from cvosim.experiment.compare import compare
from cvosim.scenario import library_path

UNSEEN = FEW.replace("click: 0.004, conversion: 0.2,", "click: 0.0, conversion: 0.0,")
SEEN = UNSEEN.replace("click: 0.0, conversion: 0.0,", "click: 0.2, conversion: 0.5,")
CLICK, CONVERSION = (f"journey.return_path.display.{name}" for name in ("click", "conversion"))


@pytest.fixture
def unseen(tmp_path: Path) -> Path:
    """A program that nobody clicks, and whose offer nobody would take."""
    assert FEW != UNSEEN != SEEN
    return written(tmp_path, UNSEEN)


def worth(finding: Finding) -> float:
    """By how much the scenario changed what a prospect is worth."""
    return next(one.by_scenario for one in finding.shifts if one.metric == "clv_per_prospect")


def test_changes_that_only_work_together_are_both_named(unseen: Path) -> None:
    baseline = kept(unseen)
    finding = checked(baseline, written(unseen.parent, SEEN))
    causes = {cause.what: cause for cause in mattering(finding)}
    assert set(causes) == {CLICK, CONVERSION}
    for cause in causes.values():
        assert cause.measured == "together"
        assert (
            cause.line
            == SEEN.splitlines().index(
                next(line for line in SEEN.splitlines() if "name: display" in line)
            )
            + 1
        )
        # without either, nothing happens
        assert cause.effect is not None
        assert cause.effect.difference == worth(finding) > 1.0


def test_an_innocent_line_is_not_blamed_for_what_others_do_together(unseen: Path) -> None:
    baseline = kept(unseen)
    new = SEEN.replace("unit_cost: 0.02", "unit_cost: 0.021")
    assert new != SEEN
    finding = checked(baseline, written(unseen.parent, new))
    measured = {cause.what: cause.measured for cause in mattering(finding)}
    own = "journey.lead_magnet.unit_cost"
    assert measured == {own: "alone", CLICK: "together", CONVERSION: "together"}
    effects = {cause.what: cause.effect for cause in finding.causes}
    assert effects[own] is not None
    assert abs(effects[own].difference or 1.0) < 0.01
    # what it does together is today's scenario against today's without it
    out = written(unseen.parent, new.replace("click: 0.2", "click: 0.0"), "out.yaml")
    scenarios = [load_scenario(out), load_scenario(unseen).model_copy(update={"name": "New"})]
    wanted = compare(scenarios).differences["New"]["clv_per_prospect"]
    assert effects[CLICK] == wanted


def test_what_does_nothing_with_or_without_the_others_stays_without_effect(unseen: Path) -> None:
    baseline = kept(unseen)
    new = UNSEEN.replace("click: 0.0,", "click: 0.3,").replace("price: 29", "price: 28")
    finding = checked(baseline, written(unseen.parent, new.replace("Carpet cl", "Rug cl")))
    assert [cause.what for cause in mattering(finding)] == ["journey.tripwire.price"]
    assert {cause.what for cause in finding.causes if not cause.matters} == {CLICK, "name"}


def test_two_pairs_of_changes_are_all_named(tmp_path: Path) -> None:
    display = next(line for line in UNSEEN.splitlines() if "name: display" in line)
    nowhere = display.replace("name: display", "name: second")
    text = UNSEEN.replace(display, f"{display}\n{nowhere}")
    baseline = kept(written(tmp_path, text))
    new = text.replace("click: 0.0, conversion: 0.0,", "click: 0.2, conversion: 0.5,")
    finding = checked(baseline, written(tmp_path, new))
    assert len(mattering(finding)) == 4
    assert finding.status is Status.CHANGED


def test_causes_are_sorted_by_what_they_do_and_the_rest_is_not_measured(tmp_path: Path) -> None:
    baseline = kept(written(tmp_path, FEW))
    pattern = r"((?:conversion|price|unit_cost|cost_per_prospect|open|click): )([0-9.]+)"
    new = re.sub(pattern, lambda found: f"{found[1]}{float(found[2]) * 1.02:.6g}", FEW)
    finding = checked(baseline, written(tmp_path, new))
    causes = mattering(finding)
    assert len(causes) > MOST_EFFECTS
    known = [one for one in causes if one.measured == "alone"]
    assert causes[: len(known)] == known
    sizes = [abs(one.effect.difference or 0.0) for one in known if one.effect is not None]
    assert len(sizes) == len(known) <= MOST_EFFECTS
    assert sizes == sorted(sizes, reverse=True)
    assert {one.measured for one in causes[len(known) :]} == {"unmeasured"}
    assert all(one.effect is None for one in causes[len(known) :])


def test_what_cannot_stand_alone_is_named_as_such(tmp_path: Path) -> None:
    baseline = kept(written(tmp_path, FEW))
    new = FEW.replace("share: 0.6,", "share: 0.5,").replace("share: 0.25,", "share: 0.35,")
    finding = checked(baseline, written(tmp_path, new))
    assert {cause.what: (cause.measured, cause.effect) for cause in mattering(finding)} == {
        "channels.facebook.share": ("inseparable", None),
        "channels.search.share": ("inseparable", None),
    }


STAIN = FEW[FEW.index("    - {kind: upsell, name: stain") : FEW.index("    - {kind: subscr")]


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        (STAIN, "", "stain_guard"),
        ("name: stain_guard", "name: guard", "stain_guard.name"),
        (STAIN, STAIN + STAIN.replace("stain_guard", "more"), "more"),
    ],
    ids=["removed", "renamed", "added"],
)
def test_a_line_without_effect_gets_none_of_what_an_item_beside_it_does(
    old: str, new: str, path: str, tmp_path: Path
) -> None:
    """What an item was observed at follows from the line, whether the item stays or not."""
    baseline = kept(written(tmp_path, FEW))
    text = FEW.replace(old, new)
    (single,) = checked(baseline, written(tmp_path, text)).causes
    both = checked(baseline, written(tmp_path, text.replace("trust: 3.0 ", "trust: 2.0 ")))
    causes = {cause.what: cause for cause in both.causes}
    assert set(causes) == {"journey.tripwire.trust", f"journey.profit_maximizers.{path}"}
    trust, item = causes.pop("journey.tripwire.trust"), causes.popitem()[1]
    assert (trust.matters, trust.effect) == (False, None)
    assert (item.effect, item.measured) == (single.effect, "alone")


def test_a_change_that_cannot_be_lived_through_alone_is_named_as_such(tmp_path: Path) -> None:
    """Whoever lets referral grow raises its cap as well; with the old cap it grows too much."""
    text = library_path("pizza_chain").read_text(encoding="utf-8")
    text = text.replace("customers: 50000", "customers: 100")
    text = text.replace(
        "{promoter: 0.40, passive: 0.08}", "{promoter: 1, passive: 1, detractor: 1}"
    )
    baseline = kept(written(tmp_path, text))
    new = text.replace("{mean: 2.5,", "{mean: 12,").replace(
        "  referral:\n", "  referral:\n    cap: 1000\n"
    )
    finding = checked(baseline, written(tmp_path, new))
    assert finding.status is Status.CHANGED
    causes = {one.what: (one.measured, one.effect) for one in mattering(finding)}
    assert causes["journey.referral.invitations.mean"] == ("inseparable", None)
    assert set(causes) <= {"journey.referral.invitations.mean", "journey.referral.cap"}
    assert len(finding.causes) == 2
