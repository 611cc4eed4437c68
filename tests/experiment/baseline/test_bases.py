"""A line of a base that only a reference of its variant follows from is named where it stands."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from helpers.baselines import FEW, checked, kept, mattering, written

from cvosim.experiment.baseline.findings import Finding, Status
from cvosim.experiment.baseline.record import Baseline, BaselineError

TRUST = ("trust: 3.0 ", "trust: 2.0 ")
PRICE = ("price: 29\n", "price: 39\n")
LEAD = ("trust: 0.5\n", "trust: 0.6\n")
NO_TRIPWIRE = "  journey.tripwire: null\n"
OWN_TRUST = "  journey.tripwire.trust: 1.5\n"
OWN_PRICE = "  journey.tripwire.price: 19\n"


def variant(folder: Path, changes: str, base: str = "base.yaml", name: str = "v.yaml") -> Path:
    """A file that extends another."""
    return written(folder, f"extends: {base}\nname: {name}\nchanges:\n{changes}", name)


def edited(*edits: tuple[str, str]) -> str:
    text = FEW
    for old, new in edits:
        assert text.count(old) == 1
        text = text.replace(old, new)
    return text


def worth(finding: Finding) -> float:
    return next(one.by_scenario for one in finding.shifts if one.metric == "clv_per_prospect")


@pytest.mark.parametrize(
    ("changes", "edit", "path"),
    [
        (NO_TRIPWIRE, TRUST, "journey.tripwire.trust"),
        (OWN_TRUST, TRUST, "journey.tripwire.trust"),
        (OWN_PRICE, PRICE, "journey.tripwire.price"),
        (
            "  journey.lead_magnet.consumed: 0.9\n",
            ("consumed: 0.6", "consumed: 0.7"),
            "journey.lead_magnet.consumed",
        ),
    ],
    ids=["dropped", "trust", "price", "consumed"],
)
def test_a_line_that_a_variant_overrides_or_drops_is_named(
    changes: str, edit: tuple[str, str], path: str, tmp_path: Path
) -> None:
    written(tmp_path, FEW, "base.yaml")
    file = variant(tmp_path, changes)
    baseline = kept(file)
    new = edited(edit)
    written(tmp_path, new, "base.yaml")
    finding = checked(baseline, file)
    assert finding.status is Status.CHANGED
    (cause,) = finding.causes
    assert (cause.kind, cause.what, cause.measured) == ("setting", path, "alone")
    assert (cause.before, cause.after) == tuple(float(one.split(": ")[1]) for one in edit)
    assert cause.file == str(tmp_path / "base.yaml")
    assert edit[1].strip() in new.splitlines()[cause.line - 1]
    assert cause.effect is not None
    assert cause.effect.difference == worth(finding) != 0.0


@pytest.mark.parametrize("changes", [NO_TRIPWIRE, OWN_TRUST], ids=["dropped", "trust"])
def test_two_lines_of_a_base_are_told_apart(changes: str, tmp_path: Path) -> None:
    """One is a setting of the variant too, the other is not; both move the same references."""
    written(tmp_path, FEW, "base.yaml")
    file = variant(tmp_path, changes)
    baseline = kept(file)
    written(tmp_path, edited(TRUST, LEAD), "base.yaml")
    causes = {one.what: one for one in checked(baseline, file).causes}
    assert set(causes) == {"journey.tripwire.trust", "journey.lead_magnet.trust"}
    for edit, path in ((TRUST, "journey.tripwire.trust"), (LEAD, "journey.lead_magnet.trust")):
        written(tmp_path, edited(edit), "base.yaml")
        (single,) = checked(baseline, file).causes
        both = causes[path]
        assert (both.effect, both.file, both.line) == (single.effect, single.file, single.line)


def test_each_file_of_a_chain_is_named_for_its_own_line(tmp_path: Path) -> None:
    written(tmp_path, FEW, "base.yaml")
    variant(tmp_path, OWN_TRUST, name="middle.yaml")
    file = variant(tmp_path, OWN_PRICE, "middle.yaml", "top.yaml")
    baseline = kept(file)
    new = edited(TRUST, PRICE)
    written(tmp_path, new, "base.yaml")
    causes = {one.what: one for one in checked(baseline, file).causes}
    assert set(causes) == {"journey.tripwire.trust", "journey.tripwire.price"}
    assert {one.file for one in causes.values()} == {str(tmp_path / "base.yaml")}
    written(tmp_path, FEW, "base.yaml")
    # the file in the middle says what the trust is, and not at which the rest was observed
    variant(tmp_path, OWN_TRUST.replace("1.5", "1.6"), name="middle.yaml")
    (cause,) = checked(baseline, file).causes
    assert (cause.what, cause.file) == ("journey.tripwire.trust", str(tmp_path / "middle.yaml"))


def test_a_listed_variant_keeps_what_its_file_has_filled_in(tmp_path: Path) -> None:
    from cvosim.experiment.baseline.checking import check

    listed = "\nvariants:\n  - {name: None of it, changes: {journey.tripwire: null}}\n"
    file = written(tmp_path, FEW + listed)
    baseline = kept(file)
    new = edited(TRUST) + listed
    written(tmp_path, new)
    _, finding = check(baseline, [file], beside=tmp_path).findings
    (cause,) = mattering(finding)
    assert cause.what == "journey.tripwire.trust"
    assert TRUST[1] in new.splitlines()[cause.line - 1]


def test_a_step_that_is_new_in_the_base_is_one_line(tmp_path: Path) -> None:
    written(tmp_path, FEW, "base.yaml")
    file = variant(tmp_path, OWN_TRUST)
    baseline = kept(file)
    stain = FEW[FEW.index("    - {kind: upsell, name: stain") : FEW.index("    - {kind: subscr")]
    first = stain.replace("stain_guard", "first").replace("}", ", trust: 1.0}")
    written(tmp_path, edited((stain, first + stain)), "base.yaml")
    finding = checked(baseline, file)
    (cause,) = finding.causes
    assert cause.what == "journey.profit_maximizers.first"
    assert cause.effect is not None
    assert cause.effect.difference == worth(finding)


def test_a_baseline_without_bases_is_read_and_one_with_bad_ones_refused(tmp_path: Path) -> None:
    written(tmp_path, FEW, "base.yaml")
    file = variant(tmp_path, NO_TRIPWIRE)
    baseline = kept(file)
    whole = json.loads(baseline.to_json())
    (one,) = whole["records"].values()
    (base,) = one["bases"]
    assert base["journey"]["tripwire"]["trust"] == 3.0
    one["bases"] = [1]
    with pytest.raises(BaselineError, match='"bases" must be a list of sections'):
        Baseline.from_json(json.dumps(whole))
    del one["bases"]
    former = Baseline.from_json(json.dumps(whole))
    (record,) = former.records.values()
    assert record.written is not None
    assert record.written.bases == ()
    (same,) = baseline.records.values()
    assert same.written is not None
    assert record == dataclasses.replace(same, written=record.written)
    assert checked(former, file).status is Status.IDENTICAL
    written(tmp_path, edited(TRUST), "base.yaml")
    assert checked(former, file).status is Status.CHANGED
