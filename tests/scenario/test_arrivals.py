"""When prospects arrive; above all what may be wrong with a CSV file of arrivals.

An arrow in what is written marks where the problem is said to stand.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError

from cvosim.scenario import (
    Scenario,
    load_scenario,
    load_variants,
    scenario_hash,
    warnings_in,
)

Said = Callable[..., list[str]]
Spoilt = Callable[[str, str], list[str]]
STREET = "{name: street, kind: earned, share: 1}"
DAILY = "{kind: daily, file: visits.csv, column: visits}"
CALENDAR = "calendar: {start: 2026-01-01}\n"


def coming(arrivals: str) -> str:
    return f"{STREET[:-1]}, arrivals: {arrivals}}}"


@pytest.fixture
def counted(folder: Path, shop: str) -> Callable[..., list[str]]:
    """What is said about the shop whose arrivals a file of these bytes has counted."""
    from cvosim.errors import ScenarioError

    def say(content: str | bytes, arrivals: str = DAILY) -> list[str]:
        data = content if isinstance(content, bytes) else content.encode()
        (folder / "visits.csv").write_bytes(data)
        (folder / "s.yaml").write_text(shop.replace(STREET, coming(arrivals)), "utf-8")
        try:
            load_scenario("s.yaml")
        except ScenarioError as error:
            return [str(problem) for problem in error.problems]
        return []

    return say


@pytest.mark.parametrize(
    "arrivals",
    [
        "{kind: uniform, over_days: 100}",
        "{kind: poisson, per_day: 0.2}",
        "{kind: burst, at_day: 0, mean_days: 5}",
        "{kind: burst, at_day: 99, mean_days: 500}",
        "{kind: weekly, over_days: 30, pattern: [1, 1, 1, 1, 1, 2, 0]}",
    ],
)
def test_curves(folder: Path, shop: str, arrivals: str) -> None:
    (folder / "s.yaml").write_text(shop.replace(STREET, coming(arrivals)) + CALENDAR, "utf-8")
    scenario = load_scenario("s.yaml")
    assert Scenario.model_validate(scenario.model_dump()) == scenario
    assert Scenario.model_validate_json(scenario.model_dump_json()) == scenario
    curve = scenario.channels[0].arrivals
    assert curve is not None
    assert curve.kind in arrivals


@pytest.mark.parametrize(
    ("arrivals", "message"),
    [
        ("{kind: poisson, per_day: →0}", ".per_day: must be above 0 (got 0)"),
        (
            "{kind: poisson, per_day: →0.09}",
            ".per_day: is so slow that the channel's 100000 prospects need 1.11e+06 days; "
            "at most 1,000,000",
        ),
        (
            "{kind: burst, at_day: →100, mean_days: 1}",
            ".at_day: must be before horizon_days, 100 (got 100); nobody would be seen",
        ),
        ("{kind: burst, at_day: 1, mean_days: →0}", ".mean_days: must be above 0 (got 0)"),
        (
            "{kind: →wekly, over_days: 7}",
            '.kind: must be one of burst, daily, poisson, uniform, weekly (got "wekly"); '
            'did you mean "weekly"?',
        ),
    ],
)
def test_curves_that_are_none(spoilt: Spoilt, arrivals: str, message: str) -> None:
    assert spoilt(STREET, coming(arrivals)) == [f"→channels.street.arrivals{message}"]


@pytest.mark.parametrize(
    ("arrivals", "message"),
    [
        (
            "{kind: weekly, over_days: 101, pattern: [1, 1, 1, 1, 1, 2, 0]}",
            "over_days: must be at most horizon_days, 100 (got 101); "
            "prospects who arrive later would never be seen",
        ),
        (
            "{kind: weekly, over_days: 9, pattern: [1, 1, 1, 1, 1, 2]}",
            "pattern: needs 7 numbers, Monday to Sunday; got 6",
        ),
        (
            "{kind: weekly, over_days: 9, pattern: [0, 0, 0, 0, 0, 0, 0.0]}",
            "pattern: must not be 0 throughout: Monday to Sunday, at least one above 0",
        ),
        ("{kind: weekly, over_days: 9, pattern: }", "pattern: is empty; must be a list"),
        (
            "{kind: weekly, over_days: 9, pattern: [0, 0, 0, 0, 0, 0, -1]}",
            "pattern.6: must be at least 0 (got -1)",
        ),
    ],
)
def test_weeks_that_are_none(said: Said, shop: str, arrivals: str, message: str) -> None:
    (line,) = said(shop.replace(STREET, coming(arrivals)) + CALENDAR)
    assert line.partition(": channels.street.arrivals.")[2] == message


def test_a_file_of_days(folder: Path, shop: str) -> None:
    (folder / "visits.csv").write_text('day,visits,"a, b"\n0,5,"x"\n1,0,\n2,7.5,"y, z"\n', "utf-8")
    (folder / "s.yaml").write_text(shop.replace(STREET, coming(DAILY)), "utf-8")
    scenario = load_scenario("s.yaml")
    arrivals = scenario.channels[0].arrivals
    assert arrivals is not None
    assert arrivals.kind == "daily"
    assert arrivals.weights == (5.0, 0.0, 7.5)
    assert Scenario.model_validate(scenario.model_dump()) == scenario
    assert Scenario.model_validate_json(scenario.model_dump_json()) == scenario
    first = scenario_hash(scenario)
    (folder / "visits.csv").write_text("visits\n5\n0\n7.6\n", "utf-8")
    assert scenario_hash(load_scenario("s.yaml")) != first


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbfvisits;day\r\n5;0\r\n0;1\r\n7.5;2\r\n\r\n",
        b"day\tvisits\n0\t5\n1\t0\n2\t7.5\n",
        b"\n\nvisits\n5\n0\n 7.5 \n\n\n",
        b'"visits"\n"5"\n"0"\n"7.5"',
    ],
)
def test_files_as_spreadsheets_write_them(folder: Path, shop: str, content: bytes) -> None:
    (folder / "visits.csv").write_bytes(content)
    (folder / "s.yaml").write_text(shop.replace(STREET, coming(DAILY)), "utf-8")
    arrivals = load_scenario("s.yaml").channels[0].arrivals
    assert arrivals is not None
    assert arrivals.kind == "daily"
    assert arrivals.weights == (5.0, 0.0, 7.5)


def test_paths_start_beside_the_file_that_states_them(folder: Path, shop: str) -> None:
    (folder / "base").mkdir()
    (folder / "variants").mkdir()
    (folder / "base" / "visits.csv").write_text("visits,clicks\n1,2\n", "utf-8")
    (folder / "variants" / "other.csv").write_text("visits\n3\n", "utf-8")
    (folder / "here.csv").write_text("visits\n4\n", "utf-8")
    (folder / "base" / "s.yaml").write_text(shop.replace(STREET, coming(DAILY)), "utf-8")
    head = "extends: ../base/s.yaml\nname: v\n"
    file = folder / "variants" / "v.yaml"

    def weights(changes: str, overrides: tuple[str, ...] = ()) -> tuple[float, ...]:
        file.write_text(f"{head}changes: {changes}\n", "utf-8")
        arrivals = load_scenario(file, overrides).channels[0].arrivals
        assert arrivals is not None
        assert arrivals.kind == "daily"
        return arrivals.weights

    path = "channels.street.arrivals"
    assert weights("{seed: 2}") == (1.0,)
    assert weights(f"{{{path}.column: clicks}}") == (2.0,)
    assert weights(f"{{{path}.file: other.csv}}") == (3.0,)
    assert weights("{seed: 2}", (f"{path}.file=here.csv",)) == (4.0,)
    assert weights("{seed: 2}", (f"{path}.column=clicks",)) == (2.0,)


def test_variants_read_their_own_files(folder: Path, shop: str) -> None:
    variants = "variants: [{name: w, changes: {channels.street.arrivals.column: clicks}}]\n"
    (folder / "visits.csv").write_text("visits,clicks\n1,2\n", "utf-8")
    (folder / "s.yaml").write_text(shop.replace(STREET, coming(DAILY)) + variants, "utf-8")
    (variant,) = load_variants("s.yaml")
    assert variant.channels[0].arrivals is not None
    assert variant.channels[0].arrivals.model_dump()["weights"] == (2.0,)


PLACE = "s.yaml:7:%d: channels.street.arrivals."
IN_FILE, IN_COLUMN = PLACE % 74 + "file: visits.csv: ", PLACE % 94 + "column: "


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty; write a header line, then one line a day from day 0"),
        ("visits\n", "has a header but no days; write a header line, then one line a day from "
         "day 0"),
        (b"PK\x03\x04....", "is a spreadsheet or an archive; save it as CSV"),
        (b"vis\xefts\n1\n", "is not UTF-8 text; save it as CSV UTF-8"),
    ],
)  # fmt: skip
def test_files_that_are_none(
    counted: Callable[..., list[str]], content: str | bytes, message: str
) -> None:
    assert [line.partition("visits.csv: ")[2] for line in counted(content)] == [message]


def test_no_such_file(counted: Callable[..., list[str]]) -> None:
    arrivals = DAILY.replace("visits.csv", "visit.csv")
    (line,) = counted("visits\n1\n", arrivals)
    assert line == (
        "s.yaml:7:74: channels.street.arrivals.file: visit.csv: no such file; "
        'did you mean "visits.csv"?'
    )
    (line,) = counted("visits\n1\n", DAILY.replace("visits.csv", "data/zzz.csv"))
    assert line.endswith("no such file; paths start from the folder of the scenario file")
    (line,) = counted("visits\n1\n", DAILY.replace("visits.csv", "."))
    assert line.endswith("file: .: is a folder; name a CSV file")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("day,visit\n0,1\n", 'no column "visits"; did you mean "visit"?'),
        ("day,clicks\n0,1\n", 'no column "visits"; it has: day, clicks'),
        ("visits,visits\n0,1\n", '2 columns called "visits"; rename one'),
    ],
)
def test_columns_that_are_none(
    counted: Callable[..., list[str]], content: str, message: str
) -> None:
    assert counted(content) == [f"{PLACE % 94}column: visits.csv has {message}"]


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        ("day,visits\n0,5\n1,-3\n", ["3:3: visits: must be between 0 and 1e15 (got -3)"]),
        (
            "day,visits\n0,five\n1,3\n",
            ['2:3: visits: must be a number, at least 0 (got "five")'],
        ),
        (
            "day;visits\n0;5\n1;3,5\n2;1,200\n",
            [
                '3:3: visits: must be a number, at least 0 (got "3,5"); write 3.5 with a point',
                '4:3: visits: must be a number, at least 0 (got "1,200"); write 1200',
            ],
        ),
        (
            "visits,day\n,0\n5,1\n\n5,3\n",
            [
                "2:1: visits: is empty; every day needs its number: write 0 where nobody came",
                "4:1: visits: is empty; every day needs its number: write 0 where nobody came",
            ],
        ),
        ("visits,day\n5\n", ["2:1: visits: has 1 cells where the header has 2"]),
        (
            "visits\n.inf\n1e400\n.nan\ntrue\n",
            [
                '2:1: visits: must be a number, at least 0 (got ".inf")',
                '3:1: visits: must be a number, at least 0 (got "1e400")',
                '4:1: visits: must be a number, at least 0 (got ".nan")',
                '5:1: visits: must be a number, at least 0 (got "true")',
            ],
        ),
    ],
)
def test_cells_that_are_no_numbers(
    counted: Callable[..., list[str]], content: str, lines: list[str]
) -> None:
    assert counted(content) == [f"visits.csv:{line}" for line in lines]


def test_many_bad_cells_are_summed_up(counted: Callable[..., list[str]]) -> None:
    lines = counted("visits\n" + "x\n" * 50)
    assert len(lines) == 21
    assert lines[-1] == "visits.csv:51:1: visits: and 30 more lines like these"


def test_counts_of_nobody(counted: Callable[..., list[str]]) -> None:
    (line,) = counted("visits\n0\n0.0\n")
    assert line == (
        "s.yaml:7:94: channels.street.arrivals.column: visits.csv counts nobody: "
        'the column "visits" is 0 on every day'
    )


def test_counts_beyond_the_horizon(counted: Callable[..., list[str]]) -> None:
    assert counted("visits\n" + "1\n" * 100) == []
    assert counted("visits\n" + "1\n" * 100 + "0\n" * 20) == []
    (line,) = counted("visits\n" + "1\n" * 101 + "0\n" * 20)
    assert line == (
        "s.yaml:7:74: channels.street.arrivals.file: counts arrivals up to day 100 (the first is "
        "day 0), but horizon_days is 100: prospects who arrive later would never be seen; "
        "shorten the file or raise horizon_days"
    )


def test_weights_are_not_for_writing(counted: Callable[..., list[str]], shop: str) -> None:
    (line,) = counted("visits\n1\n", DAILY[:-1] + ", weights: [1]}")
    assert line.endswith(
        "arrivals.weights: is no key to write: the numbers are read from the file; leave it out"
    )


def test_a_daily_curve_in_python_needs_its_numbers() -> None:
    arrivals: dict[str, object] = {"kind": "daily", "file": "a.csv", "column": "n"}
    channel = {"name": "a", "kind": "paid", "share": 1, "arrivals": arrivals}
    core = {"name": "thing", "price": 10, "conversion": 0.5}
    tree = {"name": "s", "horizon_days": 9, "channels": [channel], "journey": {"core_offer": core}}
    with pytest.raises(ValidationError, match="weights"):
        Scenario.model_validate(tree)
    arrivals["weights"] = [0, 0]
    with pytest.raises(ValidationError, match="nobody would arrive"):
        Scenario.model_validate(tree)
    arrivals["weights"] = [0, 2]
    assert Scenario.model_validate(tree).channels[0].share == 1


@pytest.mark.parametrize(
    ("arrivals", "message"),
    [
        ("{kind: daily, file: →3, column: visits}", 'file: must be text (got 3); put it in quotes'),
        ("→{kind: daily, file: a.csv}", "column: required: text"),
        ("{kind: daily, file: →'', column: a}", "file: must have at least 1 and at most 4096"),
    ],
)  # fmt: skip
def test_half_a_daily_curve(spoilt: Spoilt, arrivals: str, message: str) -> None:
    (line,) = spoilt(STREET, coming(arrivals))
    assert f"channels.street.arrivals.{message}" in line


@pytest.mark.parametrize(
    ("arrivals", "overrides", "late"),
    [
        ("{kind: poisson, per_day: 1000}", [], None),
        ("{kind: poisson, per_day: 500}", [], "50%"),
        ("{kind: poisson, per_day: 500}", ["customers=50000"], None),
        ("{kind: burst, at_day: 0, mean_days: 20}", [], None),
        ("{kind: burst, at_day: 50, mean_days: 50}", [], "37%"),
        ("{kind: uniform, over_days: 100}", [], None),
    ],
)
def test_warnings_of_late_arrivals(
    folder: Path, shop: str, arrivals: str, overrides: list[str], late: str | None
) -> None:
    (folder / "s.yaml").write_text(shop.replace(STREET, coming(arrivals)), "utf-8")
    message = (
        f"channels.street.arrivals: {late} of the channel's prospects would arrive after the "
        "horizon of 100 days; they are counted as prospects who never came"
    )
    assert warnings_in(load_scenario("s.yaml", overrides)) == ((message,) if late else ())
