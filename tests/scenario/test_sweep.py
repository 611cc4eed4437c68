"""The sweep section: what it holds, what passes over it, and everything wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cvosim import compare, simulate
from cvosim.errors import ScenarioError
from cvosim.scenario import (
    Scenario,
    library,
    library_path,
    load_experiment,
    load_scenario,
    load_variants,
    scenario_hash,
)
from cvosim.scenario.checks_sweep import points_of
from cvosim.scenario.sweep import (
    ChoiceLaw,
    GridDesign,
    LeverRange,
    ListDesign,
    SobolDesign,
    Sweep,
    UniformLaw,
)
from cvosim.scenario.template import load_sweep

Lines = Callable[..., list[str]]

MODEL = """
sweep:
  levers: {journey.tripwire.price: [9, 19, 29, 39]}
  uncertainties: {journey.core_offer.conversion: {kind: uniform, low: 0.006, high: 0.02}}
  design: {kind: sobol, points: 256}
  customers: 50000
  outcomes: [clv_per_prospect, cac]
"""
SECTION = """\
sweep:
  levers:
    journey.tripwire.price: [9, 19]
    journey.core_offer.price: {low: 199, high: 299, step: 50}
  uncertainties:
    journey.core_offer.conversion: {kind: uniform, low: 0.2, high: 0.4}
    journey.tripwire.conversion: {kind: beta, alpha: 3, beta: 27}
  design: {kind: grid, levels: 4}
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
    """What is said when a piece of the section is replaced; an arrow marks the place.

    A problem at the place of the arrow begins with an arrow in place of file, line and column.
    """

    def say(old: str, new: str) -> list[str]:
        assert SECTION.count(old) == 1, f"{old!r} stands once in the section"
        text = shop + SECTION.replace(old, new)
        before, arrow, _ = text.partition("→")
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        place = f"s.yaml:{line}:{column}: " if arrow else "nowhere"
        return [one.replace(place, "→", 1) for one in said(text.replace("→", ""))]

    return say


def test_the_example_of_the_model(folder: Path) -> None:
    text = library_path("carpet_cleaning").read_text("utf-8")
    (folder / "c.yaml").write_text(text + MODEL, "utf-8")
    template, sweep = load_sweep("c.yaml")
    assert sweep.levers == {"journey.tripwire.price": (9, 19, 29, 39)}
    law = UniformLaw(kind="uniform", low=0.006, high=0.02)
    assert sweep.uncertainties == {"journey.core_offer.conversion": law}
    assert sweep.design == SobolDesign(kind="sobol", points=256)
    assert (sweep.customers, sweep.replicates, sweep.common_luck) == (50_000, 1, True)
    assert sweep.outcomes == ("clv_per_prospect", "cac")
    assert template.scenario == load_scenario("carpet_cleaning")


def test_what_is_left_out(file: Callable[[str], Path]) -> None:
    sweep = load_sweep(file("sweep: {}\n"))[1]
    assert sweep == Sweep()
    assert (sweep.design, sweep.cross, sweep.customers) == (GridDesign(kind="grid"), False, None)
    empty = "sweep:\n  levers:\n  uncertainties:\n"
    assert load_sweep(file(empty))[1] == sweep


def test_everything_yaml_can_be_a_value(file: Callable[[str], Path]) -> None:
    levers = """\
sweep:
  levers:
    journey.excite: [null, {name: call, conversion: 0.5, trust: 1}]
    journey.return_path.mails.days: [[1, 3], [2], [1, 5, 9]]
    journey.core_offer.aim.min_orders: {low: 0, high: 4, step: 1}
    journey.tripwire.on_decline: [exit, continue]
    channels.street.kind: [paid, earned]
  uncertainties:
    journey.profit_maximizers.gold: {kind: choice, values: [null, X], weights: [1, 3]}
"""
    gold = "{kind: upsell, name: gold, price: 99, conversion: 0.2}"
    removable = levers.replace("    journey.excite: [null, ", "    journey.excite: [").replace(
        "    journey.tripwire.on_decline: [exit, continue]\n", ""
    )
    sweep = load_sweep(file(removable.replace("[null, X]", f"[null, {gold}]")))[1]
    assert sweep.levers["journey.return_path.mails.days"] == ([1, 3], [2], [1, 5, 9])
    assert sweep.levers["journey.core_offer.aim.min_orders"] == LeverRange(
        low=0.0, high=4.0, step=1.0
    )
    choice = sweep.uncertainties["journey.profit_maximizers.gold"]
    assert isinstance(choice, ChoiceLaw)
    assert choice.values[0] is None


def test_without_a_sweep_nothing_changes(file: Callable[[str], Path]) -> None:
    plain = load_scenario(file(""))
    assert plain.sweep is None
    assert "sweep" not in plain.model_dump()
    with_one = load_scenario(file(SECTION))
    assert scenario_hash(with_one) != scenario_hash(plain)
    assert scenario_hash(load_scenario(file(SECTION), ["sweep=null"])) == scenario_hash(plain)
    other = load_scenario(file(SECTION), ["sweep.replicates=2"])
    assert scenario_hash(other) != scenario_hash(with_one)
    assert Scenario.model_validate(with_one.model_dump()) == with_one


def test_hashes_of_the_library_have_not_moved() -> None:
    """As they were before there were sweeps."""
    kept = {
        "carpet_cleaning": "cd4e60584bc2c584d7293b5a8dba3a83ee9a9d5b6a56c5984219930e16a72643",
        "cdnow": "8a000e7eb1115dcae87f03c7de0be087f44acba701e45826c68d15c7d1bb5f5b",
        "tripwire_price_test": "423b5662989e96af8b5ca6f6805741cb11e1a5933be1d6c73dbd17d3dc6daf39",
    }
    assert {name: scenario_hash(load_scenario(name)) for name in kept} == kept
    assert all(load_scenario(name).seed >= 0 for name in library())


def test_other_commands_pass_over_it(file: Callable[[str], Path]) -> None:
    swept = load_scenario(file(SECTION))
    plain = load_scenario(file(""))
    runs = [simulate(one, customers=500) for one in (plain, swept)]
    assert runs[0].metrics() == runs[1].metrics()
    named = swept.model_copy(update={"name": "swept"})
    assert compare([plain, named], customers=300)


def test_variants_arms_and_files_that_extend(file: Callable[[str], Path], folder: Path) -> None:
    arms = "[{name: a}, {name: b, changes: {journey.tripwire.price: 9}}]"
    experiment = f"experiment: {{name: e, arms: {arms}, enrol_days: 9, follow_days: 9, "
    experiment += "metrics: [orders]}\n"
    variants = "variants: [{name: v, changes: {journey.tripwire: null}}]\n"
    path = file(SECTION + experiment + variants)
    assert [one.sweep for one in load_variants(path)] == [None]
    assert [one.sweep for one in load_experiment(path).scenarios] == [None, None]
    (folder / "w.yaml").write_text("{extends: s.yaml, name: w}", "utf-8")
    assert load_sweep("w.yaml")[1] == load_sweep(path)[1]
    (folder / "n.yaml").write_text("{extends: s.yaml, name: n, sweep: null}", "utf-8")
    with pytest.raises(ScenarioError, match=r"n\.yaml: has no `sweep:` section; it says which"):
        load_sweep("n.yaml")
    (folder / "o.yaml").write_text("{extends: s.yaml, name: o, sweep: {replicates: 3}}", "utf-8")
    assert load_sweep("o.yaml")[1] == Sweep(replicates=3)


def test_overrides_reach_into_it(file: Callable[[str], Path]) -> None:
    path = file(SECTION)
    sweep = load_sweep(path, ["sweep.design={kind: sobol, points: 64}", "seed=5"])[1]
    assert sweep.design == SobolDesign(kind="sobol", points=64)
    template, sweep = load_sweep(path, ["sweep.design.levels=7", "journey.tripwire.price=25"])
    assert sweep.design == GridDesign(kind="grid", levels=7)
    assert template.value("journey.tripwire.list_price") == 29.0


def test_a_list_is_beside_its_file(
    file: Callable[[str], Path], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = file("sweep: {design: {kind: list, file: points/p.csv}}\n").absolute()
    swept = load_scenario(path)
    (folder / "elsewhere").mkdir()
    monkeypatch.chdir(folder / "elsewhere")
    design = load_sweep(path)[1].design
    assert design == ListDesign(kind="list", file=str(folder / "points" / "p.csv"))
    overridden = load_sweep(path, ["sweep.design.file=q.csv"])[1].design
    assert overridden == ListDesign(kind="list", file=str(folder / "elsewhere" / "q.csv"))
    (folder / "elsewhere" / "s.yaml").write_text(path.read_text("utf-8"), "utf-8")
    assert scenario_hash(load_scenario(folder / "elsewhere" / "s.yaml")) == scenario_hash(swept)


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("    journey.tripwire.price: [9", "    →journey.tripwir.price: [9",
         '→journey.tripwir.price: no such path: no "tripwir" in journey; did you mean '
         '"tripwire"?'),
        ("[9, 19]", "[9, →-19]", "→journey.tripwire.price: must be at least 0 (got -19)"),
        ("[9, 19]", "[9, →19 USD]",
         '→journey.tripwire.price: must be a number, at least 0 (got "19 USD"); write 19 alone; '
         "`currency` names the unit"),
        ("[9, 19]", "[9, 19, →9.0]",
         "→sweep.levers.journey.tripwire.price.2: 9.0 stands there twice"),
        ("    journey.tripwire.price: [9, 19]", "    →journey.tripwire.price: [9, null]",
         "→journey.tripwire.price: required: write the price, or `commitment: time`"),
        ("[9, 19]", "[9, →.nan]", "→journey.tripwire.price: must be a finite number (got .nan)"),
        ("[9, 19]", "→9",
         "→sweep.levers.journey.tripwire.price: must be a list or a section with keys such as low, "
         "high (got 9); write [9]"),
        ("    journey.tripwire.price: [9, 19]", "    →journey.tripwire.price: []",
         "→sweep.levers.journey.tripwire.price: must have at least 1 item (got 0)"),
        ("step: 50", "step: →150",
         "→sweep.levers.journey.core_offer.price.step: is wider than from low to high, 100 (got "
         "150)"),
        ("step: 50", "step: →0.001",
         "→sweep.levers.journey.core_offer.price.step: makes 100,000 values; at most 10,000 are "
         "possible"),
        ("low: 199, high: 299", "low: 199, high: →99",
         "→sweep.levers.journey.core_offer.price.high: must be above low, 199 (got 99)"),
        ("low: 199,", "low: →-199,", "→journey.core_offer.price: must be at least 0 (got -199)"),
        ("high: 0.4}", "high: →1.4}",
         "→journey.core_offer.conversion: must be between 0 and 1 (got 1.4)"),
        ("{kind: uniform, low: 0.2, high: 0.4}", "→{kind: normal, mean: 0.2, sd: 0.1}",
         "→journey.core_offer.conversion: must be between 0 and 1 (got -0.109023); the law needs a "
         "bound there: add low or high"),
        ("{kind: uniform, low: 0.2, high: 0.4}", "→{kind: lognormal, median: 0.2, sigma: 1}",
         "→journey.core_offer.conversion: must be between 0 and 1 (got 4.39644); 4.39644 % is "
         "0.0439644"),
        ("kind: uniform", "kind: →unifrom",
         "→sweep.uncertainties.journey.core_offer.conversion.kind: must be one of beta, choice, "
         'log_uniform, lognormal, normal, triangular, uniform (got "unifrom"); did you mean '
         '"uniform"?'),
        ("{kind: uniform, low: 0.2, high: 0.4}",
         "{kind: triangular, low: 0.2, mode: →0.5, high: 0.4}",
         "→sweep.uncertainties.journey.core_offer.conversion.mode: must be between low and high, "
         "0.2 and 0.4 (got 0.5)"),
        ("{kind: uniform, low: 0.2, high: 0.4}",
         "{kind: choice, values: [0.1, 0.2], →weights: [1]}",
         "→sweep.uncertainties.journey.core_offer.conversion.weights: must have one number for "
         "each of the 2 values (got 1)"),
        ("{kind: uniform, low: 0.2, high: 0.4}",
         "{kind: choice, values: [0.1, 0.2], →weights: [0, 0]}",
         "→sweep.uncertainties.journey.core_offer.conversion.weights: are all 0; one at least must "
         "be above 0"),
        ("{kind: uniform, low: 0.2, high: 0.4}", "{kind: choice, values: [0.1, →2]}",
         "→journey.core_offer.conversion: must be between 0 and 1 (got 2); 2 % is 0.02"),
        ("{kind: uniform, low: 0.2, high: 0.4}",
         "{kind: normal, mean: 0.2, sd: 0.01, low: →0.4, high: 0.5}",
         "→sweep.uncertainties.journey.core_offer.conversion.low: leaves next to nothing: it is 20 "
         "sd above the mean"),
        ("alpha: 3", "alpha: →0",
         "→sweep.uncertainties.journey.tripwire.conversion.alpha: must be at least 0.01 (got 0)"),
        ("    journey.tripwire.conversion:", "    →journey.tripwire.price:",
         "→sweep.uncertainties.journey.tripwire.price: is a lever already; a path is decided or "
         "uncertain, not both"),
        ("    journey.core_offer.conversion: {kind: uniform, low: 0.2, high: 0.4}",
         "    →journey.core_offer: {kind: choice, values: [null]}",
         "→sweep.uncertainties.journey.core_offer: journey.core_offer holds "
         "journey.core_offer.price, which levers change; one would undo the other"),
        ("    journey.core_offer.price: {low: 199, high: 299, step: 50}",
         "    →journey.core_offer.aim.min_orders: {low: 1, high: 9}",
         "→journey.core_offer.aim.min_orders: takes whole numbers only: add `step: 1`"),
        ("    journey.core_offer.conversion: {kind: uniform, low: 0.2, high: 0.4}",
         "    →journey.core_offer.aim.min_orders: {kind: uniform, low: 1, high: 9}",
         "→journey.core_offer.aim.min_orders: takes whole numbers only: write {kind: choice, "
         "values: [...]}"),
        ("    journey.tripwire.price: [9, 19]", "    →seed: [1, 2]",
         "→sweep.levers.seed: chooses the luck of the whole sweep; `replicates` runs each point "
         "more than once"),
        ("    journey.tripwire.price: [9, 19]", "    →name: [a, b]",
         "→sweep.levers.name: name changes nothing that is simulated; leave it out here"),
        ("    journey.tripwire.price: [9, 19]", "    journey.tripwire: [→null]",
         "→journey.tripwire: nothing"),
        ("{kind: grid, levels: 4}", "{kind: sobol, points: →250}",
         "→sweep.design.points: a Sobol sequence is balanced at powers of two only: write 128 or "
         "256 (got 250)"),
        ("{kind: grid, levels: 4}", "{kind: sobol}",
         "sweep.design.points: required: a whole number, at least 1"),
        ("  design: {kind: grid, levels: 4}", "  →design: {kind: grid, levels: 900}",
         "→sweep.design: makes 4,860,000 points; at most 1,000,000 are possible"),
        ("{kind: grid, levels: 4}", "{kind: list, file: p.csv}\n  cross: →true",
         "→sweep.cross: a list says itself which points there are; leave it out"),
        ("{kind: grid, levels: 4}", "{kind: sobol, points: 65536}\n  cross: →yes",
         '→sweep.cross: must be true or false (got "yes")'),
        ("  design: {kind: grid, levels: 4}",
         "  →design: {kind: sobol, points: 262144}\n  cross: true",
         "→sweep.design: makes 1,572,864 points; at most 1,000,000 are possible"),
        ("{kind: grid, levels: 4}", "{kind: grid}\n  outcomes: [cac, →cac]",
         '→sweep.outcomes.1: "cac" is listed twice'),
        ("{kind: grid, levels: 4}", "{kind: grid}\n  →outcome: [cac]",
         '→sweep.outcome: unknown key; did you mean "outcomes"?'),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(
    wrong: Callable[[str, str], list[str]], old: str, new: str, line: str
) -> None:
    found = wrong(old, new)
    if line == "→journey.tripwire: nothing":  # allowed by itself, and above another path
        assert any("is part of journey.tripwire in levers" in one for one in found)
        return
    assert line in [one.replace("s.yaml:28:3: ", "") for one in found]
    assert len(found) == 1 + ("step: →0.001" in new)  # too many points as well


def test_a_removal_that_the_scenario_does_not_stand(said: Lines, shop: str) -> None:
    text = shop + "sweep: {levers: {journey.core_offer: [null]}}\n"
    (line,) = said(text)
    column = text.splitlines()[-1].index("null") + 1
    place = f"s.yaml:{len(text.splitlines())}:{column}: journey.core_offer: this value spoils "
    assert line.startswith(place + "journey.repeat_purchases.after: no stage has the key")


def test_in_overrides(said: Lines, shop: str) -> None:
    (line,) = said(shop + SECTION, ["sweep.levers={journey.tripwire.price: [9, -1]}"])
    assert line == "-S sweep.levers: journey.tripwire.price: must be at least 0 (got -1)"
    (line,) = said(shop, ["sweep=1"])
    assert line.startswith("-S sweep: must be a section")


def test_a_list_tries_its_own_rows(said: Lines, shop: str) -> None:
    """Values that only go together cannot be tried by themselves."""
    levers = "{market.segments.0.share: [0.4]}"
    assert said(f"{shop}sweep: {{levers: {levers}}}\n")
    design = "{kind: list, file: p.csv}"
    assert said(f"{shop}sweep: {{levers: {levers}, design: {design}}}\n") == []


@pytest.mark.parametrize(
    ("sweep", "count"),
    [
        ({}, 1),
        ({"levers": {"a": [1, 2, 3], "b": {"low": 0, "high": 1}}}, 9),
        ({"levers": {"a": {"low": 0.1, "high": 0.7, "step": 0.1}}}, 7),
        ({"levers": {"a": [1, 2]}, "design": {"kind": "sobol", "points": 8}, "cross": True}, 16),
        ({"uncertainties": {"a": {"kind": "choice", "values": [1, 2, 3, 4]}}}, 4),
        ({"uncertainties": {"a": {"kind": "uniform"}}, "design": {"levels": 5}}, 5),
    ],
)
def test_counting_points(sweep: dict[str, object], count: int) -> None:
    assert points_of(sweep) == count


def test_in_python_too() -> None:
    data = load_scenario("carpet_cleaning").model_dump()
    levers = {"journey.tripwire.price": [9, 19]}
    made = Scenario.model_validate(data | {"sweep": {"levers": levers}})
    assert made.sweep is not None
    with pytest.raises(ValueError, match="write 2 or 4"):
        Scenario.model_validate(data | {"sweep": {"design": {"kind": "sobol", "points": 3}}})
