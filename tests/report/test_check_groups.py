"""One edit in a file that many scenarios extend: told once."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.checked_files import (
    CHANGED,
    EFFECT,
    IDENTICAL,
    MISSING,
    NUMBA,
    PRICE,
    RENAMED,
    WITHIN,
    by_version,
    checked,
    finding,
    shift,
)

from cvosim.errors import Problem
from cvosim.experiment.baseline.findings import Cause, Finding, Status
from cvosim.metrics.estimate import Estimate
from cvosim.report.annotations import SHOWN, annotations_of, annotations_of_problems
from cvosim.report.check import check_lines
from cvosim.report.check_groups import group_words, grouped, shared_causes
from cvosim.report.check_tables import causes_table, shifts_table
from cvosim.report.check_words import cause_words, finding_words, shift_words

CPC = Cause("setting", "channels.ads.cpc", 0.35, 0.3, "base.yaml", 10, EFFECT)


def extending(key: str, change: float, *causes: Cause) -> Finding:
    """A scenario that the base file changed."""
    moved = shift("clv_per_prospect", 5.0, 5.0 + change)
    own = tuple(replace(one, effect=replace(EFFECT, difference=change)) for one in causes or (CPC,))
    return finding(key, Status.CHANGED, own, (moved,))


SEVEN = tuple(
    extending(f"{name}.yaml", 0.2 + place / 100.0) for place, name in enumerate("abcdefg")
)


def test_one_edit_is_one_paragraph_and_one_row() -> None:
    headline, told = check_lines(checked(*SEVEN))
    assert headline == "7 of 7 scenarios changed."
    assert told == (
        "base.yaml, line 10: channels.ads.cpc 0.35 -> 0.3 changes 7 scenarios: a.yaml, b.yaml, "
        "c.yaml and 4 more. A prospect is worth from USD 0.20 more (a.yaml) to USD 0.26 more "
        "(g.yaml)."
    )
    table = causes_table(checked(*SEVEN))
    assert table is not None
    assert table.shown[0][:4] == (
        "a.yaml and 6 more", "channels.ads.cpc 0.35 -> 0.3", "base.yaml:10", "+0.20 to +0.26 USD",
    )  # fmt: skip
    assert len(table.shown) == 1
    assert [row[0] for row in table.rows] == [one.key for one in SEVEN], "machines get each"


def test_equal_effects_are_one_number() -> None:
    same = [extending(f"{name}.yaml", 0.2) for name in "ab"]
    assert group_words(same).endswith(
        "a.yaml and b.yaml. A prospect is worth USD 0.20 more in each."
    )
    table = causes_table(checked(*same))
    assert table is not None
    assert table.shown[0][3] == "+0.20 USD"


def test_only_what_has_all_causes_in_common_is_put_together() -> None:
    other = extending("x.yaml", 0.2, CPC, PRICE)
    later = extending("y.yaml", 0.2, replace(CPC, line=11))
    gone = replace(MISSING, key="z.yaml")
    found = grouped([*SEVEN, other, later, MISSING, gone, IDENTICAL, replace(IDENTICAL, key="i")])
    assert [len(group) for group in found] == [7, 1, 1, 2, 1, 1]
    assert [len(one.found) for one in shared_causes([*SEVEN, other, later])] == [8, 1, 1]
    assert group_words([MISSING, gone]) == "2 scenarios are not in the baseline: c.yaml and z.yaml."


def test_a_release_that_changes_all_is_told_once() -> None:
    told = group_words([WITHIN, replace(WITHIN, key="e.yaml")])
    assert told == (
        "numba 0.60.0 -> 0.61.2 changes 2 scenarios within tolerance: d.yaml and e.yaml. A "
        "prospect is worth USD 0.15 more in each; luck alone may move it by up to USD 0.20."
    )
    lives = Cause("unexplained", "trajectory", "1" * 64, "2" * 64)
    both = [
        finding(key, Status.CHANGED, (replace(lives, after=key * 64),), ()) for key in ("a", "b")
    ]
    assert len(grouped(both)) == 1, "the hashes are each scenario's own"


def test_effects_of_both_signs_and_none() -> None:
    words = group_words([extending("a.yaml", -0.2), extending("b.yaml", 0.3)])
    assert "from USD 0.20 less (a.yaml) to USD 0.30 more (b.yaml)." in words
    still = [
        finding(key, Status.CHANGED, (CPC,),
                (shift("clv_per_prospect", 5.0, 5.0), shift("cac", 1.0, 2.0)))
        for key in ("a.yaml", "b.yaml")
    ]  # fmt: skip
    assert group_words(still).endswith(
        "A prospect is worth the same in each. Moved most, in a.yaml: cac 1.00 -> 2.00."
    )
    euros = replace(still[0], key="c.yaml", shifts=(shift("clv_per_prospect", 5.0, 6.0, "EUR"),))
    assert "prospect" not in group_words([extending("a.yaml", 0.1), euros]), "no sum of currencies"


def test_a_rename_is_other_luck_and_no_money() -> None:
    cause = Cause("setting", "journey.core_offer.name", "course", "lessons", "base.yaml", 19)
    assert cause_words(cause) == (
        "journey.core_offer.name course -> lessons (renamed: its customers draw other luck)"
    )
    assert "luck" not in cause_words(RENAMED), "a scenario's own name changes nothing"
    for path in ("market.segments.households.name", "channels.organic.name"):
        other = replace(cause, what=path)
        assert "luck" not in cause_words(other), "luck hangs on stages and programs only"
    unsure = [
        extending(f"{name}.yaml", change, cause) for name, change in (("a", 0.05), ("b", -0.02))
    ]
    words = finding_words(unsure[0])
    assert (
        "No difference is visible in what a prospect is worth: USD 0.050 more (95 % interval USD "
        "0.05 less to USD 0.15 more)." in words
    )
    assert group_words(unsure).endswith(
        "No difference is visible in what a prospect is worth: from USD 0.020 less (b.yaml) to "
        "USD 0.050 more (a.yaml), and each 95 % interval holds 0."
    )
    mixed = group_words([unsure[0], extending("c.yaml", 0.4, cause)])
    assert mixed.endswith("No difference is visible in 1 of them: the 95 % interval holds 0.")


def test_plans_are_not_covered() -> None:
    plan = Cause("setting", "sweep.design.points", 64, 128, "a.yaml", 40, matters=False)
    (words,) = check_lines(checked(replace(IDENTICAL, causes=(plan, RENAMED))))
    assert words == (
        'b.yaml is identical. Without effect: shop.yaml, line 3: name Shop -> "The shop". Not '
        "covered by check (experiment, sweep): a.yaml, line 40: sweep.design.points 64 -> 128."
    )
    table = causes_table(checked(replace(IDENTICAL, causes=(plan,))))
    assert table is not None
    assert table.shown[0][3] == "not covered"


def test_numbers_that_were_edited_are_no_fault_of_the_machine() -> None:
    words = cause_words(Cause("unexplained", "metrics", None, None))
    assert "the baseline's numbers were edited, or come from other software" in words
    assert "fault" not in words


def test_tables_have_the_digits_of_the_words() -> None:
    less = shift("clv_per_prospect", 5.0, 4.987)
    one = finding("a.yaml", Status.CHANGED, (PRICE,), (replace(less, interval=(-0.018, -0.008)),))
    assert "USD 0.013 less (95 % interval USD 0.008 to 0.018)" in finding_words(one)
    table = shifts_table(one)
    assert table is not None
    assert (table.shown[0][3], table.shown[0][5]) == ("-0.013", "-0.018 to -0.008")


def test_values_that_look_alike_get_only_the_digits_they_need() -> None:
    assert (
        shift_words(shift("a", 56085.55123456789, 56085.55223456789)) == "a 56085.551 -> 56085.552"
    )
    share = shift("r", 0.061234567891234, 0.061234567991234, "share")
    assert shift_words(share) == "r 6.12345679 % -> 6.12345680 %"
    words = shift_words(shift("a", 0.1, 0.1 + 2**-54))
    assert words == "a 0.1000000000000000 -> 0.1000000000000001"


def test_the_order_of_summing_is_no_luck() -> None:
    tiny = by_version("clv_per_prospect", 5.0, -0.1, 1e-12, Status.CHANGED)
    assert "luck" not in finding_words(finding("a.yaml", Status.CHANGED, (NUMBA,), (tiny,)))


def test_github_gets_one_remark_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("base.yaml").touch()
    (remark,) = annotations_of(checked(*SEVEN, IDENTICAL))
    assert (remark.file, remark.line, remark.title) == ("base.yaml", 10, "7 scenarios: changed")
    assert remark.words.startswith("channels.ads.cpc 0.35 -> 0.3, in a.yaml, b.yaml, c.yaml and 4")
    assert "from USD 0.20 more" in remark.words


def test_the_last_remark_that_is_shown_tells_of_the_rest() -> None:
    many = [extending(f"{i}.yaml", 0.1, replace(CPC, what=f"s{i}", line=i)) for i in range(1, 26)]
    remarks = annotations_of(checked(*many, *(replace(WITHIN, key=f"w{i}") for i in range(3))))
    levels = [one.level for one in remarks]
    assert levels == ["error"] * SHOWN + ["notice"]
    assert "base.yaml:25: 25.yaml: changed" in remarks[SHOWN - 1].words
    problems = [Problem("is wrong", "a.yaml", line, 1) for line in range(1, 50)]
    told = annotations_of_problems([*problems, *problems])
    assert len(told) == SHOWN
    assert told[-1].words.count("\n") == 31
    assert told[-1].words.endswith("and 9 more")
    assert [one.words for one in told[:-1]] == ["is wrong"] * (SHOWN - 1)


def test_no_estimate_is_no_number() -> None:
    lost = Estimate(float("nan"), float("nan"), "USD")
    unknown = replace(CHANGED, shifts=(replace(CHANGED.shifts[3], after=lost),))
    assert "prospect" not in group_words([unknown, replace(unknown, key="b.yaml")])


def changed_by_version(key: str, change: float, noise: float, *causes: Cause) -> Finding:
    """A scenario that other software moved."""
    moved = by_version("clv_per_prospect", 5.0, change, noise, Status.CHANGED)
    return finding(key, Status.CHANGED, causes or (NUMBA,), (moved,))


def test_a_group_says_where_nobody_can_tell_luck() -> None:
    both = [changed_by_version(f"{name}.yaml", change, math.nan)
            for name, change in (("a", 3.0), ("c", -4.0))]  # fmt: skip
    assert group_words(both).endswith(
        "A prospect is worth from USD 4.00 less (c.yaml) to USD 3.00 more (a.yaml), of which too "
        "few buyers tell whether it is luck."
    )
    sure = changed_by_version("b.yaml", 1.0, 0.2)
    assert group_words([*both, sure]).endswith(
        ", of which in 2 of them too few buyers tell whether it is luck; luck alone moves it in "
        "the others by up to USD 0.20."
    )


def test_a_group_says_what_the_scenario_does_and_what_the_software() -> None:
    both = [
        finding(key, Status.CHANGED, (CPC, NUMBA), (replace(
            shift("clv_per_prospect", 5.0, 5.0 + scenario + version),
            by_scenario=scenario, by_version=version),))
        for key, scenario, version in (("a.yaml", -0.6, 0.1), ("b.yaml", -0.7, 0.1))
    ]  # fmt: skip
    assert group_words(both).endswith(
        "A prospect is worth from USD 0.60 less (b.yaml) to USD 0.50 less (a.yaml): from USD 0.70 "
        "less to USD 0.60 less because of the scenario, USD 0.10 more because of what they are "
        "simulated with."
    )


def test_a_group_says_that_its_changes_depend_on_each_other() -> None:
    joint = (replace(CPC, measured="together"), replace(PRICE, measured="together"))
    both = [extending(key, 0.2, *joint) for key in ("base.yaml", "v.yaml")]
    assert group_words(both).endswith("The changes depend on each other: none does anything alone.")
    unread = Cause("version", "settings", "0.1", "1.0")
    line = replace(PRICE, measured="inseparable")
    both = [finding(key, Status.CHANGED, (line, unread), (shift("clv_per_prospect", 5.0, 4.5),))
            for key in ("base.yaml", "v.yaml")]  # fmt: skip
    assert "What it does cannot be told apart from what the release does." in group_words(both)
    apart = [extending("a.yaml", 0.2, CPC, PRICE), extending("b.yaml", 0.3, CPC, PRICE)]
    assert group_words(apart).endswith(
        "In a.yaml: the changes depend on each other: alone, they come to USD 0.40 more in all."
    ), "not the same of both"


def test_a_group_tells_of_people_who_are_brought() -> None:
    brought = [
        replace(one, shifts=(*one.shifts, shift("clv_with_referrals", 6.0, 6.0 + more)))
        for one, more in zip(SEVEN, (0.5, 0.4), strict=False)
    ]
    assert group_words(brought).endswith(
        "With the people whom it brings: from USD 0.40 more to USD 0.50 more."
    )
    assert group_words([*brought, SEVEN[2]]).endswith(
        "With the people whom it brings, in a.yaml and b.yaml: from USD 0.40 more to USD 0.50 more."
    )
