"""A change of a base that somebody takes back is named where it was, not at the base's line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from helpers.baselines import FEW, checked, kept, mattering, written

from cvosim.experiment.baseline.checking import check
from cvosim.experiment.baseline.findings import Cause, Status
from cvosim.experiment.baseline.record import Baseline, BaselineError, Layer
from cvosim.report.check import check_lines
from cvosim.report.check_words import OTHER_LUCK, cause_words

PRICE = "  journey.tripwire.price: 19\n"
CORE = "  journey.core_offer.price: 199\n"
TRUST = "  journey.tripwire.trust: 1.5\n"
GONE = "no longer changed here"


def variant(
    folder: Path, changes: str, *, base: str = "base.yaml", name: str = "v.yaml", own: str = ""
) -> Path:
    """A file that extends another."""
    section = f"changes:\n{changes}" if changes else ""
    return written(folder, f"extends: {base}\nname: {name}\n{own}{section}", name)


def line_of(cause: Cause) -> str:
    return Path(cause.file).read_text("utf-8").splitlines()[cause.line - 1]


def test_a_change_that_is_taken_back_is_named_where_it_was(tmp_path: Path) -> None:
    written(tmp_path, FEW, "base.yaml")
    file = variant(tmp_path, PRICE + TRUST)
    baseline = kept(file)
    variant(tmp_path, TRUST)
    finding = checked(baseline, file)
    assert finding.status is Status.CHANGED
    (cause,) = mattering(finding)
    assert (cause.what, cause.before, cause.after) == ("journey.tripwire.price", 19.0, 29.0)
    assert (cause.file, line_of(cause), cause.turn) == (str(file), "changes:", GONE)


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ("  journey.profit_maximizers.stain_guard: null\n", "journey.profit_maximizers"),
        ("  journey.tripwire.delay: {kind: fixed, days: 3}\n", "journey.tripwire.delay"),
    ],
    ids=["an item", "a section"],
)
def test_so_is_one_that_removed_or_replaced_something(
    changes: str, what: str, tmp_path: Path
) -> None:
    written(tmp_path, FEW, "base.yaml")
    file = variant(tmp_path, changes)
    baseline = kept(file)
    variant(tmp_path, "")
    causes = mattering(checked(baseline, file))
    assert causes
    for cause in causes:
        assert cause.what.startswith(what)
        # nothing is changed any more: the file's name stands for it
        assert (cause.file, line_of(cause), cause.turn) == (str(file), "name: v.yaml", GONE)


def test_what_a_removed_stage_took_along_comes_back_with_it(tmp_path: Path) -> None:
    written(tmp_path, FEW, "base.yaml")
    file = variant(tmp_path, f"  journey.tripwire: null\n{CORE}")
    baseline = kept(file)
    variant(tmp_path, CORE)
    causes = {one.what: one for one in mattering(checked(baseline, file))}
    assert {*causes} == {
        "journey.tripwire", "journey.return_path.ten_percent_off", "journey.return_path.nurture.at",
    }  # fmt: skip
    assert {(one.file, line_of(one)) for one in causes.values()} == {(str(file), "changes:")}
    assert causes.pop("journey.tripwire").turn == GONE
    assert {one.turn for one in causes.values()} == {"journey.tripwire came back"}


def test_so_does_what_a_removed_maximizer_took_along(tmp_path: Path) -> None:
    base = FEW.replace("at: [tripwire, core_offer]", "at: [core_offer, stain_guard]")
    written(tmp_path, base, "base.yaml")
    file = variant(tmp_path, f"  journey.profit_maximizers.stain_guard: null\n{CORE}")
    baseline = kept(file)
    variant(tmp_path, CORE)
    causes = {one.what: one.turn for one in mattering(checked(baseline, file))}
    assert causes == {
        "journey.profit_maximizers.stain_guard": GONE,
        "journey.return_path.nurture.at": "journey.profit_maximizers.stain_guard came back",
    }


def test_a_change_within_what_was_removed_is_named_itself(tmp_path: Path) -> None:
    written(tmp_path, FEW, "base.yaml")
    file = variant(tmp_path, f"{CORE}  journey.tripwire: null\n")
    baseline = kept(file)
    variant(tmp_path, f"{CORE}{PRICE}")
    causes = {one.what: one for one in mattering(checked(baseline, file))}
    assert {line_of(one) for one in causes.values()} == {PRICE.rstrip()}
    assert causes["journey.tripwire"].turn == ""


@pytest.mark.parametrize("now", ["  journey.profit_maximizers.0.price: 60\n", ""])
@pytest.mark.parametrize("name", ["0", "stain_guard"])
def test_items_may_be_counted(name: str, now: str, tmp_path: Path) -> None:
    written(tmp_path, FEW, "base.yaml")
    file = variant(tmp_path, f"{CORE}  journey.profit_maximizers.{name}.price: 70\n")
    baseline = kept(file)
    variant(tmp_path, f"{CORE}{now}")
    (cause,) = mattering(checked(baseline, file))
    assert cause.what == "journey.profit_maximizers.stain_guard.price"
    assert (line_of(cause), cause.turn) == ((now.rstrip(), "") if now else ("changes:", GONE))


def test_a_name_that_is_taken_back_brings_other_luck(tmp_path: Path) -> None:
    written(tmp_path, FEW, "base.yaml")
    file = variant(tmp_path, f"{CORE}  journey.tripwire.name: one_room\n")
    baseline = kept(file)
    variant(tmp_path, CORE)
    (cause,) = mattering(checked(baseline, file))
    told = cause_words(cause)
    assert told.startswith("journey.tripwire.name one_room -> one_room_clean")
    assert told.endswith(f"({GONE}; {OTHER_LUCK})")


def test_so_is_a_key_of_the_file_itself(tmp_path: Path) -> None:
    written(tmp_path, FEW, "base.yaml")
    file = variant(tmp_path, TRUST, own="horizon_days: 400\n")
    baseline = kept(file)
    variant(tmp_path, TRUST)
    (cause,) = mattering(checked(baseline, file))
    assert (cause.what, line_of(cause), cause.turn) == (
        "horizon_days",
        "name: v.yaml",
        "no longer stated here",
    )


def test_so_is_one_in_the_middle_of_a_chain(tmp_path: Path) -> None:
    written(tmp_path, FEW, "base.yaml")
    middle = variant(tmp_path, PRICE + TRUST, name="middle.yaml")
    file = variant(tmp_path, CORE, base="middle.yaml")
    baseline = kept(file)
    variant(tmp_path, TRUST, name="middle.yaml")
    (cause,) = mattering(checked(baseline, file))
    assert (cause.what, cause.file) == ("journey.tripwire.price", str(middle))
    assert (line_of(cause), cause.turn) == ("changes:", GONE)


def test_a_listed_variant_is_named_within_its_file(tmp_path: Path) -> None:
    def text(changes: str) -> str:
        entry = f"  - name: Cheap\n    changes:\n{changes}"
        return f"{FEW}\nvariants:\n  - {{name: Dear, changes: {{{PRICE.strip()}}}}}\n{entry}"

    file = written(tmp_path, text(f"    {PRICE}    {TRUST}"))
    baseline = kept(file)
    written(tmp_path, text(f"    {TRUST}"))
    first, dear, cheap = check(baseline, [file], beside=tmp_path).findings
    assert (first.status, dear.status) == (Status.IDENTICAL, Status.IDENTICAL)
    (cause,) = mattering(cheap)
    assert (cause.what, line_of(cause), cause.turn) == (
        "journey.tripwire.price", "    changes:", GONE,
    )  # fmt: skip


def test_another_base_is_one_line(tmp_path: Path) -> None:
    written(tmp_path, FEW, "base.yaml")
    other = FEW.replace("price: 29\n", "price: 39\n").replace(
        "conversion: 0.06", "conversion: 0.07"
    )
    assert other != FEW
    written(tmp_path, other, "other.yaml")
    file = variant(tmp_path, CORE)
    baseline = kept(file)
    variant(tmp_path, CORE, base="other.yaml")
    causes = mattering(checked(baseline, file))
    assert {"journey.tripwire.price", "journey.tripwire.conversion"} == {one.what for one in causes}
    for cause in causes:
        assert (cause.file, line_of(cause)) == (str(file), "extends: other.yaml")
        assert cause.turn == "extends other.yaml, formerly base.yaml"


def test_another_base_is_that_of_lines_that_are_overridden(tmp_path: Path) -> None:
    """Only list prices follow from them: no line of the variant states what is new."""
    written(tmp_path, FEW, "base.yaml")
    written(tmp_path, FEW.replace("price: 29\n", "price: 39\n"), "other.yaml")
    file = variant(tmp_path, PRICE)
    baseline = kept(file)
    variant(tmp_path, PRICE, base="other.yaml")
    (cause,) = mattering(checked(baseline, file))
    assert (cause.what, line_of(cause)) == ("journey.tripwire.price", "extends: other.yaml")
    assert cause.turn == "extends other.yaml, formerly base.yaml"


def test_a_base_that_was_renamed_is_no_other(tmp_path: Path) -> None:
    written(tmp_path, FEW, "base.yaml")
    file = variant(tmp_path, CORE)
    baseline = kept(file)
    (tmp_path / "base.yaml").unlink()
    new = written(tmp_path, FEW.replace("price: 29\n", "price: 39\n"), "renamed.yaml")
    variant(tmp_path, CORE, base="./renamed.yaml")
    (cause,) = mattering(checked(baseline, file))
    assert (cause.file, line_of(cause).strip()) == (str(new), "price: 39")
    assert cause.turn == "extends ./renamed.yaml, formerly base.yaml"
    written(tmp_path, FEW, "base.yaml")
    (tmp_path / "base.yaml").write_text(new.read_text("utf-8"), "utf-8")
    variant(tmp_path, CORE, base="./base.yaml")
    (cause,) = mattering(checked(baseline, file))
    assert (Path(cause.file).name, cause.turn) == ("base.yaml", "")


def test_a_former_name_that_no_file_can_have_is_no_fault(tmp_path: Path) -> None:
    written(tmp_path, FEW, "base.yaml")
    file = variant(tmp_path, CORE)
    whole = json.loads(kept(file).to_json())
    (entry,) = whole["records"].values()
    entry["layers"][0]["extends"] = "x" * 5000
    written(tmp_path, FEW.replace("price: 29\n", "price: 39\n"), "base.yaml")
    (cause,) = mattering(checked(Baseline.from_json(json.dumps(whole)), file))
    assert line_of(cause).strip() == "price: 39"


@pytest.mark.parametrize("level", ["listed", "file", "base"])
def test_a_listed_variant_of_a_file_that_extends_another(level: str, tmp_path: Path) -> None:
    def text(base: str, own: str, listed: str) -> str:
        variants = f"variants:\n  - name: Cheap\n    changes:\n{listed}"
        return f"extends: {base}\nname: v\nchanges:\n{own}{variants}"

    written(tmp_path, FEW, "base.yaml")
    written(tmp_path, FEW.replace("price: 29\n", "price: 39\n"), "other.yaml")
    own = f"{CORE}{'' if level == 'base' else PRICE}"
    listed = "      journey.core_offer.trust: 1.0\n"
    cheaper = "      journey.tripwire.price: 17\n" if level == "listed" else ""
    file = written(tmp_path, text("base.yaml", own, listed + cheaper))
    baseline = kept(file)
    now = {
        "listed": text("base.yaml", own, listed),
        "file": text("base.yaml", CORE, listed),
        "base": text("other.yaml", own, listed),
    }[level]
    written(tmp_path, now)
    *_, finding = check(baseline, [file], beside=tmp_path).findings
    (cause,) = mattering(finding)
    line = {"listed": "    changes:", "file": "changes:", "base": "extends: other.yaml"}[level]
    assert (cause.what, line_of(cause)) == ("journey.tripwire.price", line)
    assert cause.turn == (GONE if level != "base" else "extends other.yaml, formerly base.yaml")


def test_a_line_of_the_base_and_a_new_change_are_named_where_they_stand(tmp_path: Path) -> None:
    written(tmp_path, FEW, "base.yaml")
    file = variant(tmp_path, TRUST)
    baseline = kept(file)
    written(tmp_path, FEW.replace("price: 29\n", "price: 39\n"), "base.yaml")
    (cause,) = mattering(checked(baseline, file))
    assert (line_of(cause).strip(), cause.turn) == ("price: 39", "")
    written(tmp_path, FEW, "base.yaml")
    variant(tmp_path, TRUST + PRICE)
    (cause,) = mattering(checked(baseline, file))
    assert (line_of(cause).strip(), cause.turn) == (PRICE.strip(), "")


def test_the_verdict_says_so(tmp_path: Path) -> None:
    written(tmp_path, FEW, "base.yaml")
    file = variant(tmp_path, PRICE + TRUST)
    baseline = kept(file)
    variant(tmp_path, TRUST)
    told = check_lines(check(baseline, [file], beside=tmp_path))[0]
    words = f"changed in line 3: journey.tripwire.price 19 -> 29 ({GONE})."
    assert words in told


def test_a_baseline_keeps_layers_and_may_lack_them(tmp_path: Path) -> None:
    written(tmp_path, FEW, "base.yaml")
    file = variant(tmp_path, PRICE + TRUST)
    baseline = kept(file)
    text = baseline.to_json()
    assert Baseline.from_json(text) == baseline
    (record,) = baseline.records.values()
    assert record.written is not None
    (layer,) = record.written.layers
    changes = ("journey.tripwire.price", "journey.tripwire.trust")
    assert layer == Layer("base.yaml", changes, ("name",))
    whole = json.loads(text)
    (entry,) = whole["records"].values()
    del entry["layers"]
    old = Baseline.from_json(json.dumps(whole))
    variant(tmp_path, TRUST)
    (cause,) = mattering(checked(old, file))
    assert (Path(cause.file).name, cause.turn) == ("base.yaml", "")


@pytest.mark.parametrize(
    ("layers", "words"),
    [
        ("none", '"layers" must be a list of sections'),
        (["none"], 'layers: must be sections (got "none")'),
        ([{"extends": "a.yaml", "changes": [1], "keys": []}], '"changes" must be a list of texts'),
        ([{"extends": "a.yaml", "changes": []}], '"keys" must be a list of texts'),
        ([{"extends": 1, "changes": [], "keys": []}], 'layers: "extends" must be text (got 1)'),
    ],
)
def test_damaged_layers_are_refused(layers: object, words: str, tmp_path: Path) -> None:
    whole = json.loads(kept(written(tmp_path, FEW)).to_json())
    (entry,) = whole["records"].values()
    entry["layers"] = layers
    with pytest.raises(BaselineError) as caught:
        Baseline.from_json(json.dumps(whole))
    assert words in str(caught.value)
