from __future__ import annotations

import csv
import io
import json
import os
import signal
from pathlib import Path

import pandas as pd
import pytest
from helpers.command_line import CommandLine, here

STREAM = ("run", "carpet_cleaning", "--stream")


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cvosim.tables.spans.STREAM_BLOCK", 1000)


def test_it_prints_what_run_prints(cli: CommandLine) -> None:
    code, out, err = cli(*STREAM, "-n", 3000)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "Carpet cleaning: 3,000 prospects streamed, seed 7"
    plain = cli("run", "carpet_cleaning", "-n", 3000).out.splitlines()
    assert [x for x in lines if x.startswith(("revenue ", "cac "))] == [
        x for x in plain if x.startswith(("revenue ", "cac "))
    ]
    assert "within 0.1 %" in lines[-1]


def test_json_is_exact_and_says_what_was_done(cli: CommandLine) -> None:
    found = json.loads(cli(*STREAM, "-n", 3000, "--cohorts", 90, "-f", "json").out)
    plain = json.loads(cli("run", "carpet_cleaning", "-n", 3000, "-f", "json").out)
    assert found["schema_version"] == 1
    assert found["metrics"]["cac"] == plain["metrics"]["cac"]
    assert found["streamed"]["complete"] is True
    assert found["cohorts"]["period"] == 90.0
    assert found["cohorts"]["share"][0][0] == 1.0
    assert found["manifest"]["scenario_hash"] == plain["manifest"]["scenario_hash"]


def test_csv_and_markdown(cli: CommandLine) -> None:
    rows = list(csv.DictReader(io.StringIO(cli(*STREAM, "-n", 1000, "-f", "csv").out)))
    assert rows[0] == {
        "metric": "prospects", "value": "1000.0", "standard_error": "0.0", "unit": "customers",
    }  # fmt: skip
    out = cli(*STREAM, "-n", 1000, "--cohorts", 180, "-f", "md").out
    assert "| first order" in out


def test_cohorts_are_a_table(cli: CommandLine) -> None:
    out = cli(*STREAM, "-n", 5000, "--cohorts", 180).out
    assert "Share of buyers that order again, by steps of 180 days since the first order" in out
    assert "from day 180" in out


def test_where_it_runs_changes_nothing(cli: CommandLine) -> None:
    metrics = [
        json.loads(cli(*STREAM, "-n", 4000, "-f", "json", *where).out)["metrics"]
        for where in ((), ("--executor", "serial"), ("--threads", 1))
    ]
    assert metrics[0] == metrics[1] == metrics[2]


@pytest.mark.usefixtures("small_blocks")
def test_events_go_to_a_folder(cli: CommandLine) -> None:
    code, _, err = cli(*STREAM, "-n", 2500, "--events", "log")
    assert (code, err) == (0, "Wrote log\n")
    assert pd.read_parquet("log")["customer_id"].nunique() == 2500
    assert "--force replaces them" in cli.refused(*STREAM, "-n", 500, "--events", "log")
    assert cli(*STREAM, "-n", 500, "--events", "log", "--force").code == 0
    assert len(list(Path("log").glob("*.parquet"))) == 1


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_ctrl_c_prints_the_prefix(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    from contextlib import contextmanager

    @contextmanager
    def pressing(_label: str, _total: int):  # type: ignore[no-untyped-def]  # noqa: ANN202
        blocks = iter((False, True))

        def progress(_: int) -> None:
            if next(blocks, False):
                os.kill(os.getpid(), signal.SIGINT)

        yield progress

    monkeypatch.setattr("cvosim.cli.sizes.run.progress_bar", pressing)
    code, out, err = cli(*STREAM, "-n", 50_000, "--executor", "serial")
    assert code == 130
    assert out.startswith("Carpet cleaning: 2,000 prospects (of 50,000) streamed")
    assert err == "stopped after 2,000 of 50,000 customers; a prefix is a fair sample\n"


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (("--stream", "--engine", "reference"), "--engine reference keeps tables"),
        (("--stream", "--customer-table", "c.parquet"), "--customer-table needs a run that keeps"),
        (("--cohorts", 30), "--cohorts belongs to --stream"),
        (("--stream", "--cohorts", 0.5), "must be a number of days, at least 1"),
        (("--stream", "--cohorts", "month"), "must be a number of days"),
        (("--executor", "serial"), "--executor belongs to --stream and --precision"),
        (("--stream", "--executor", "serial", "--threads", 2), "write --executor threads:2"),
        (("--stream", "--executor", "treads"), "did you mean"),
        (("--stream", "--precision", "1%"), "--precision streams by itself"),
        (("--stream", "--events", "no/where"), "does not exist"),
        (("-n", 10**11), "use --stream"),
    ],
)
def test_what_does_not_go_together_is_said(
    cli: CommandLine, words: tuple[object, ...], answer: str
) -> None:
    line = cli.refused("run", "carpet_cleaning", *words)
    assert answer in line
    assert len(line.splitlines()) == 1
    assert here() == []


def test_a_large_table_is_warned_of(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cvosim.experiment.table_memory.memory_there", lambda: 10**6)
    code, _, err = cli("run", "carpet_cleaning", "-n", 3000)
    assert code == 0
    assert err.startswith("warning: 3,000 customers take about")
    assert "--stream takes the same for any number" in err


def test_a_picture_of_a_stream(cli: CommandLine) -> None:
    assert cli(*STREAM, "-n", 2000, "--picture", "p.svg").code == 0
    assert here() == ["p.svg"]
