"""The experiment section: what it holds, what each arm becomes, and everything wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cvosim.errors import ScenarioError
from cvosim.scenario import load_experiment, load_scenario, load_variants, scenario_hash
from cvosim.scenario.experiment import FractionLooks, NoLooks

Lines = Callable[..., list[str]]

SECTION = """\
experiment:
  name: sample price
  assign_at: tripwire
  arms:
    - {name: control, share: 0.5}
    - {name: cheap, share: 0.5, changes: {journey.tripwire.price: 19}}
  enrol_days: 20
  follow_days: 30
  metrics: [contribution, conversion.core_offer]
  looks: {kind: weekly, spending: obrien_fleming}
"""
FACTORS = """\
experiment:
  name: two things
  factors:
    - name: price
      levels:
        - {name: p29, share: 0.75}
        - {name: p19, changes: {journey.tripwire.price: 19}}
    - name: upsell
      levels:
        - {name: gold}
        - {name: none_of_it, changes: {journey.profit_maximizers.gold: null}}
  enrol_days: 20
  follow_days: 30
  metrics: [contribution]
"""


@pytest.fixture
def file(folder: Path, shop: str) -> Callable[[str], Path]:
    """A shop with more text at its end."""

    def write(section: str) -> Path:
        path = folder / "s.yaml"
        path.write_text(shop + section, "utf-8")
        return path

    return write


@pytest.fixture
def wrong(said: Lines, shop: str) -> Callable[[str, str], list[str]]:
    """What is said when one piece of the section is replaced, without file and line."""

    def say(old: str, new: str) -> list[str]:
        assert SECTION.count(old) == 1, f"{old!r} stands once in the section"
        lines = said(shop + SECTION.replace(old, new))
        return [line.split(": ", 1)[1] for line in lines]

    return say


def test_arms_are_scenarios(file: Callable[[str], Path]) -> None:
    trial = load_experiment(file(SECTION))
    assert trial.experiment.name == "sample price"
    assert [(arm.name, arm.share) for arm in trial.arms] == [("control", 0.5), ("cheap", 0.5)]
    control, cheap = trial.scenarios
    assert (control.name, cheap.name) == ("control", "cheap")
    tripwires = control.journey.tripwire, cheap.journey.tripwire
    assert [(one.price, one.list_price) for one in tripwires if one] == [(29, 29), (19, 29)]
    assert control.experiment is None
    core = control.journey.core_offer
    assert core is not None
    assert core.reference_trust == 3.3


def test_arms_change_as_variants_do(file: Callable[[str], Path]) -> None:
    changes = "{journey.core_offer: null, journey.profit_maximizers.extra: {kind: upsell, price: 9,"
    section = SECTION.replace("{journey.tripwire.price: 19}", f"{changes} conversion: 0.1}}}}")
    section = section.replace("core_offer]", "extra]")
    bold = load_experiment(file(section), ["journey.repeat_purchases.after=tripwire"]).scenarios[1]
    assert bold.journey.core_offer is None
    assert "extra" in bold.journey.stages()


def test_a_scenario_without_one_keeps_its_hash(file: Callable[[str], Path]) -> None:
    plain = load_scenario(file(""))
    assert "experiment" not in plain.model_dump()
    with_one = load_scenario(file(SECTION))
    assert scenario_hash(plain) != scenario_hash(with_one)
    assert scenario_hash(plain) == scenario_hash(load_scenario(file(SECTION), ["experiment=null"]))
    control = load_experiment(file(SECTION)).scenarios[0]
    assert scenario_hash(control) == scenario_hash(plain.model_copy(update={"name": "control"}))
    other = load_scenario(file(SECTION), ["experiment.enrol_days=21"])
    assert scenario_hash(other) != scenario_hash(with_one)


def test_shares_left_out_are_equal_parts(file: Callable[[str], Path]) -> None:
    section = SECTION.replace("control, share: 0.5", "control, share: 0.8").replace(
        "cheap, share: 0.5,", "cheap,"
    )
    section = section.replace("  enrol_days", "    - {name: dear, changes: {}}\n  enrol_days")
    shares = [arm.share for arm in load_experiment(file(section)).arms]
    assert shares == pytest.approx([0.8, 0.1, 0.1])


def test_factors_make_all_combinations(file: Callable[[str], Path]) -> None:
    trial = load_experiment(file(FACTORS))
    assert [(arm.name, arm.levels) for arm in trial.arms] == [
        ("p29+gold", (0, 0)), ("p29+none_of_it", (0, 1)),
        ("p19+gold", (1, 0)), ("p19+none_of_it", (1, 1)),
    ]  # fmt: skip
    assert [arm.share for arm in trial.arms] == pytest.approx([0.375, 0.375, 0.125, 0.125])
    prices = [one.journey.tripwire.price for one in trial.scenarios if one.journey.tripwire]
    assert prices == [29, 29, 19, 19]
    assert ["gold" in one.journey.stages() for one in trial.scenarios] == [True, False] * 2


def test_looks(file: Callable[[str], Path]) -> None:
    assert isinstance(load_experiment(file(FACTORS)).experiment.looks, NoLooks)
    fractions = SECTION.replace("weekly", "fractions, at: [0.5, 1]")
    looks = load_experiment(file(fractions)).experiment.looks
    assert isinstance(looks, FractionLooks)
    assert (looks.at, looks.spending) == ((0.5, 1.0), "obrien_fleming")


def test_overrides_reach_into_arms(file: Callable[[str], Path]) -> None:
    changes = ["experiment.arms.cheap.changes={journey.tripwire.price: 9}"]
    trial = load_experiment(file(SECTION), [*changes, "experiment.arms.cheap.name=nine"])
    tripwire = trial.scenarios[1].journey.tripwire
    assert tripwire is not None
    assert (trial.arms[1].name, tripwire.price) == ("nine", 9)


def test_files_that_extend_have_it_and_variants_do_not(
    file: Callable[[str], Path], folder: Path
) -> None:
    file(SECTION + "variants: [{name: No tripwire, changes: {journey.tripwire: null}}]\n")
    (variant,) = load_variants(folder / "s.yaml")
    assert variant.experiment is None
    (folder / "v.yaml").write_text("{extends: s.yaml, name: v}", "utf-8")
    assert load_experiment(folder / "v.yaml").experiment.follow_days == 30
    (folder / "w.yaml").write_text("{extends: s.yaml, name: w, experiment: null}", "utf-8")
    with pytest.raises(ScenarioError, match=r"w\.yaml: has no `experiment:` section"):
        load_experiment(folder / "w.yaml")


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("tripwire\n", "tripwir\n",
         'assign_at: no stage that customers come to has the key "tripwir"; did you mean '
         '"tripwire"?'),
        ("cheap, share: 0.5", "cheap, share: 0.6",
         "arms: the shares must add to 1 (they add to 1.1)"),
        ("cheap, share: 0.5", "cheap, share: 0",
         "arms: the shares must add to 1 (they add to 0.5)"),
        ("name: cheap", "name: control", 'arms.1.name: the name "control" is given twice'),
        ("[contribution,", "[contributon,",
         'metrics.0: no outcome is called "contributon"; did you mean "contribution"?'),
        ("conversion.core_offer]", "conversion.core_ofer]",
         'metrics.1: "conversion.core_ofer": no stage has the key "core_ofer"; did you mean '
         '"core_offer"?'),
        ("conversion.core_offer]", "contribution]", 'metrics.1: "contribution" is listed twice'),
        ("conversion.core_offer]", "retention.30]",
         'metrics.1: "retention.30": customers are followed for 30 days only'),
        ("conversion.core_offer]", "orders@31]",
         'metrics.1: "orders@31": customers are followed for 30 days only'),
        ("conversion.core_offer]", "conversion.lead_magnet]",
         'metrics.1: "conversion.lead_magnet" is settled before customers are assigned at '
         "tripwire"),
        ("conversion.core_offer]", "before.orders]",
         'metrics.1: "before.orders" was settled before the assignment; write it as covariate'),
        ("conversion.core_offer]", "cancelled.gold]",
         'metrics.1: "cancelled.gold": no subscription has the key "gold"; there is none'),
        ("weekly, ", "fractions, at: [0.5, 0.2, 1], ",
         "looks.at.1: looks must rise: 0.2 comes after 0.5; list them in order"),
        ("weekly, ", "fractions, at: [0.5, 0.8], ",
         "looks.at.1: the last look must be 1, at the end (got 0.8)"),
        ("kind: weekly", "kind: weeky",
         'looks.kind: must be one of fractions, none, weekly (got "weeky"); did you mean '
         '"weekly"?'),
        ("obrien_fleming", "pocok",
         'looks.spending: must be obrien_fleming or pocock (got "pocok"); did you mean "pocock"?'),
        ("follow_days: 30", "follow_days: 90",
         "follow_days: start_day, enrol_days and follow_days add to 110 days, beyond the "
         "horizon_days of 100: the last customers could not be followed to the end"),
        ("  looks", "  covariate: before.order\n  looks",
         'covariate: "before.order" is no outcome of the time before assignment; did you mean '
         '"before.orders"?'),
        ("  looks", "  ramp: [{from_day: 0, exposure: 0.1}, {from_day: 0, exposure: 1}]\n  looks",
         "ramp.1.from_day: days must rise: 0 comes after 0"),
        ("  looks", "  ramp: [{from_day: 3, exposure: 0.1}]\n  looks",
         "ramp.0.from_day: the first step must be from day 0 (got 3)"),
        ("  looks", "  guardrails: [{metric: revenu, margin: 1}]\n  looks",
         'guardrails.0.metric: no outcome is called "revenu"; did you mean "revenue"?'),
        ("journey.tripwire.price: 19", "seed: 4",
         "arms.cheap.changes.seed: seed is the same in all arms; an arm changes the journey"),
        ("  follow_days: 30\n", "", "follow_days: required: a number, above 0"),
        ("  arms", "  asign_at: x\n  arms", 'asign_at: unknown key; did you mean "assign_at"?'),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(
    wrong: Callable[[str, str], list[str]], old: str, new: str, line: str
) -> None:
    found = wrong(old, new)
    assert f"experiment.{line}" in found
    assert len(found) == 1 + (new[-8:] == "share: 0")


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ("journey.tripwire.prise: 19",
         'journey.tripwire.prise: no such path: no "prise" in journey.tripwire; did you mean '
         '"price"?'),
        ("journey.tripwire.price: -5", "journey.tripwire.price: must be at least 0 (got -5)"),
        ("journey.tripwire: null",
         'experiment.assign_at: the arm "cheap" has no stage tripwire, at which its customers are '
         "assigned; assign them at an earlier one"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_an_arm_is_said(
    wrong: Callable[[str, str], list[str]], change: str, line: str
) -> None:
    assert wrong("journey.tripwire.price: 19", change) == [line]


def test_problems_stand_where_they_are_written(said: Lines, shop: str) -> None:
    text = shop + SECTION.replace("price: 19", "price: -5")
    row = text.splitlines().index(
        "    - {name: cheap, share: 0.5, changes: {journey.tripwire.price: -5}}"
    )
    (line,) = said(text)
    assert line.startswith(f"s.yaml:{row + 1}:67: journey.tripwire.price")


def test_all_problems_at_once(said: Lines, shop: str) -> None:
    text = SECTION.replace("tripwire\n", "x\n").replace("0.5}", "0.4}").replace("contribution", "c")
    assert len(said(shop + text)) == 3


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("  factors", "  arms: [{name: a}, {name: b}]\n  factors",
         "factors: has arms already; write arms or factors, not both"),
        ("  metrics", "  looks: {kind: weekly}\n  metrics",
         "looks: several factors at once are looked at once, at the end: write {kind: none}"),
        ("journey.profit_maximizers.gold: null", "journey.tripwire.price: 9",
         "factors.upsell.levels.none_of_it.changes.journey.tripwire.price: the factor price "
         "changes journey.tripwire.price already"),
        ("share: 0.75", "share: 1",
         "factors.price.levels: the shares stated leave nothing for the other arms (they add to "
         "1)"),
        ("none_of_it", "gold", 'factors.upsell.levels.1.name: the name "gold" is given twice'),
    ],
)  # fmt: skip
def test_what_is_wrong_with_factors(said: Lines, shop: str, old: str, new: str, line: str) -> None:
    found = [one.split(": ", 1)[1] for one in said(shop + FACTORS.replace(old, new))]
    assert f"experiment.{line}" in found


def test_too_many_arms(said: Lines, shop: str) -> None:
    levels = ", ".join(f"{{name: l{i}}}" for i in range(5))
    factors = ", ".join(f"{{name: f{i}, levels: [{levels}]}}" for i in range(2))
    text = FACTORS.partition("  factors")[0] + f"  factors: [{factors}]\n"
    text += "  enrol_days: 20\n  follow_days: 30\n  metrics: [orders]\n"
    (line,) = said(shop + text)
    assert line.endswith("make 25 arms, one for each combination; at most 16 are possible")


def test_one_arm_is_too_few(said: Lines, shop: str) -> None:
    arm = "    - {name: cheap, share: 0.5, changes: {journey.tripwire.price: 19}}\n"
    (line,) = said(shop + SECTION.replace(arm, "").replace("share: 0.5", "share: 1"))
    assert line.endswith("experiment.arms: needs at least two arms, control first")
