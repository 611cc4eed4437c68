from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from helpers.command_line import CommandLine, here

from cvosim.scenario import load_scenario


@pytest.fixture
def orders(cli: CommandLine) -> Path:
    """Some weeks of a small shop, in the folder that the command line works in."""
    rows = ["who,day,paid"]
    for customer in range(60):
        gap = 3 + customer % 17
        for order in range(1 + customer % 5):
            day = 1 + (customer % 20) + order * gap
            month, day = 1 + (day - 1) // 28, 1 + (day - 1) % 28
            rows.append(f"c{customer},2025-{month:02d}-{day:02d},{20 + customer % 7 + order}")
    path = Path("orders.csv")
    path.write_text("\n".join(rows) + "\n", "utf-8")
    return path


COLUMNS = ("--customer", "who", "--date", "day", "--amount", "paid")


def test_prints_the_fit_and_writes_the_scenario(cli: CommandLine, orders: Path) -> None:
    cli("init", "carpet_cleaning")
    words = ("carpet_cleaning.yaml", "--orders", orders, *COLUMNS, "--until", "2025-02-20")
    words = (*words, "--model", "bg_nbd")
    code, out, err = cli("calibrate", *words, "-o", "calibrated.yaml")
    assert (code, err) == (0, "Wrote calibrated.yaml\n")
    assert "BG/NBD" in out
    assert "Hold-out" in out
    written = Path("calibrated.yaml").read_text("utf-8")
    assert "# a buyer believes more than a reader" in written, "the author's comments"
    exact = json.loads(cli("calibrate", *words, "-f", "json").out)
    repeat = load_scenario("calibrated.yaml").journey.repeat_purchases
    assert repeat is not None
    assert repeat.frequency.model == "bg_nbd"
    assert exact["frequency"]["r"] == pytest.approx(repeat.frequency.r, rel=1e-5)
    assert exact["schema_version"] == 1
    rows = list(csv.DictReader(io.StringIO(cli("calibrate", *words, "-f", "csv").out)))
    assert {row["part"] for row in rows} == {"frequency", "spend", "aic", "holdout"}
    assert cli("calibrate", *words, "-f", "md").out.startswith("| part | parameter |")


def test_what_the_orders_do_not_settle_has_no_error(cli: CommandLine) -> None:
    rows = "a,20240101,1\na,20240106,2\nb,20240101,9\nb,20240111,3\nb,20240301,2\n"
    Path("few.csv").write_text(f"customer,date,amount\n{rows}", "utf-8")
    words = ("calibrate", "cdnow", "--orders", "few.csv", "--until", "2024-02-01")
    assert cli(*words).out.startswith("Warning: The fit of repeat purchases is not clear-cut")
    exact = json.loads(cli(*words, "-f", "json").out)
    assert exact["warnings"]
    assert exact["frequency"]["standard_errors"] is None
    assert exact["holdout"]["low"] is None
    table = list(csv.DictReader(io.StringIO(cli(*words, "-f", "csv").out)))
    cells = {row["parameter"]: row for row in table if row["part"] != "spend"}
    assert (cells["r"]["standard_error"], cells["low"]["value"]) == ("", "")
    assert float(cells["converged"]["value"]) == 0
    assert cli(*words, "-f", "md").out.count("n/a") >= 6


def test_without_output_nothing_is_written(cli: CommandLine, orders: Path) -> None:
    assert cli("calibrate", "carpet_cleaning", "--orders", orders, *COLUMNS).code == 0
    assert here() == ["orders.csv"]


def test_never_overwrites_by_accident(cli: CommandLine, orders: Path) -> None:
    Path("mine.yaml").write_text("mine", "utf-8")
    words = ("calibrate", "carpet_cleaning", "--orders", orders, *COLUMNS, "-o", "mine.yaml")
    assert cli.refused(*words) == "mine.yaml: exists already; --force overwrites"
    assert Path("mine.yaml").read_text("utf-8") == "mine"
    assert cli(*words, "--force").code == 0
    assert load_scenario("mine.yaml").name == "Carpet cleaning"


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["--orders", "gone.csv"], "gone.csv"),
        (["--orders", "orders.csv", *COLUMNS, "--customer", "whom"], "whom"),
        (["--orders", "orders.csv", *COLUMNS, "--until", "yesterday"], "yesterday"),
        (["--orders", "orders.csv", *COLUMNS, "-o", "no/x.yaml"], "the folder no does not exist"),
        (["--orders", "orders.csv", *COLUMNS, "-o", "x.txt"], "must end in .yaml or .yml"),
        (["--orders", "empty.csv"], "empty.csv"),
    ],
)
@pytest.mark.usefixtures("orders")
def test_bad_input_is_one_line(cli: CommandLine, words: list[str], answer: str) -> None:
    Path("empty.csv").touch()
    refusal = cli.refused("calibrate", "carpet_cleaning", *words)
    assert answer in refusal
    assert len(refusal.splitlines()) == 1
    assert here() == ["empty.csv", "orders.csv"]


def test_the_orders_are_never_the_output(cli: CommandLine, orders: Path) -> None:
    orders.rename("orders.yaml")
    words = ("calibrate", "carpet_cleaning", "--orders", "orders.yaml", *COLUMNS)
    assert "would be overwritten" in cli.refused(*words, "-o", "orders.yaml", "--force")


SMALL = ("-n", "5000")


def test_counts_of_stages(cli: CommandLine) -> None:
    Path("stages.csv").write_text(
        "stage,reached,accepted\nlead_magnet,9000,2800\ntripwire,2800,450\n"
    )
    cli("init", "carpet_cleaning")
    words = ("calibrate", "carpet_cleaning.yaml", "--stages", "stages.csv", *SMALL)
    code, out, err = cli(*words, "-o", "new.yaml")
    assert (code, err) == (0, "Wrote new.yaml\n")
    assert "Stage tripwire: 16.1 % (15.0 % to 17.2 %) of 2,800 accept in the end" in out
    assert "Left as written, since the data do not tell them" in out
    new = load_scenario("new.yaml").journey.tripwire
    assert new is not None
    exact = json.loads(cli(*words, "-f", "json").out)
    assert exact["funnel"]["stages"][1]["conversion"]["value"] == new.conversion
    assert {row["path"] for row in exact["kept"]} >= {"journey.tripwire.trust"}
    rows = list(csv.DictReader(io.StringIO(cli(*words, "-f", "csv").out)))
    (row,) = (r for r in rows if (r["part"], r["parameter"]) == ("tripwire", "conversion"))
    assert float(row["low"]) < float(row["value"]) == new.conversion < float(row["high"])
    assert cli(*words, "-f", "md").out.count("| tripwire |") == 2


def test_our_own_events_and_what_is_refined(cli: CommandLine) -> None:
    """From `run` to `calibrate`, with a column renamed by somebody on the way."""
    import pyarrow.parquet as pq

    cli("run", "carpet_cleaning", "-n", "4000", "--events", "events.parquet")
    table = pq.read_table("events.parquet")
    names = ["happened" if name == "time" else name for name in table.column_names]
    pq.write_table(table.rename_columns(names), "renamed.parquet")
    words = ("calibrate", "carpet_cleaning", "--events", "renamed.parquet", *SMALL)
    assert "no column for date" in cli.refused(*words)
    words = (*words, "--column", "date=happened", "--delays", "keep")
    fatigue, trust = "journey.return_path.nurture.fatigue", "journey.tripwire.trust"
    out = cli(*words, "--refine", fatigue, "--refine", trust, "-o", "new.yaml").out
    assert out.startswith(f"Warning: {trust} is not identified: nobody in the log decides")
    assert f"Refined {fatigue}: 0." in out
    assert "after lognormal delays: median_days" in out
    programs = load_scenario("new.yaml").journey.return_path
    (nurture,) = (program for program in programs if program.name == "nurture")
    assert 0.8 < nurture.fatigue < 1.0
    assert "did you mean" in cli.refused(*words, "--refine", "journey.tripwire.trusty")


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ([], "missing option --orders, --events or --stages"),
        (["--stages", "gone.csv"], "gone.csv: no such file"),
        (["--events", "orders.csv", "--column", "when=day"], "write ROLE=COL"),
        (
            ["--events", "orders.csv", "--column", "date=dya"],
            'no column "dya"; did you mean "day"?',
        ),
        (["--orders", "orders.csv", *COLUMNS, "--model", "bgnbd"], "bg_nbd"),
        (["--stages", "orders.csv"], "has no column for stage"),
    ],
)
@pytest.mark.usefixtures("orders")
def test_bad_words(cli: CommandLine, words: list[str], answer: str) -> None:
    refusal = cli.refused("calibrate", "carpet_cleaning", *words)
    assert answer in refusal
    assert len(refusal.splitlines()) == 1


def test_a_place_where_it_would_not_load_is_refused_before_the_work(
    cli: CommandLine, orders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli("init", "carpet_cleaning", "-o", "far")
    Path("far", "mine.yaml").write_text("extends: carpet_cleaning.yaml\nname: Mine\n", "utf-8")
    Path("work").mkdir()
    monkeypatch.chdir("work")
    words = ("calibrate", "../far/mine.yaml", "--orders", "nothing_yet.csv")
    said = cli.refused(*words, "-o", "new.yaml")
    assert "new.yaml: could not be loaded: it would name ../far/carpet_cleaning.yaml" in said
    assert "write it into ../far" in said.replace("\n", " ")
    assert "nothing_yet.csv: no such file" in cli.refused(*words, "-o", "../far/new.yaml")
