from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from helpers.command_line import CommandLine, here

from cvosim.experiment.simulate import simulate
from cvosim.metrics import measure
from cvosim.scenario import load_scenario
from cvosim.tables.store import read_customers, read_events, read_manifest

SMALL = ("-n", 2000)
PROGRAMS = ("ten_percent_off", "nurture", "display")


def as_json(cli: CommandLine, *words: object) -> dict[str, object]:
    code, out, err = cli(*words, "--format", "json")
    assert (code, err) == (0, "")
    found = json.loads(out, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    assert isinstance(found, dict)
    return found


def test_json_is_the_documented_shape_and_exact(cli: CommandLine) -> None:
    found = as_json(cli, "run", "carpet_cleaning", *SMALL, "--seed", 11)
    assert list(found) == ["schema_version", "scenario", "manifest", "metrics"]
    assert found["schema_version"] == 1
    scenario = load_scenario("carpet_cleaning")
    done = simulate(scenario, customers=2000, seed=11)
    assert found["scenario"] == done.scenario.model_dump(mode="json")
    assert found["metrics"] == measure(done.customers, currency="USD").to_dict()
    manifest = found["manifest"]
    assert isinstance(manifest, dict)
    assert (manifest["seed"], manifest["n_customers"], manifest["engine"]) == (11, 2000, "kernel")


def test_json_names_what_a_strategist_asks_for(cli: CommandLine) -> None:
    metrics = as_json(cli, "run", "carpet_cleaning", *SMALL)["metrics"]
    assert isinstance(metrics, dict)
    whole = {"revenue", "contribution", "clv_per_prospect", "clv_per_buyer", "cac", "net_cac"}
    whole |= {"ltv_to_cac", "aov", "orders_per_buyer"}
    stages = {"reach.tripwire", "conversion.tripwire"}
    programs = {f"{of}.{name}" for of in ("recoveries", "program_cost") for name in PROGRAMS}
    for name in whole | stages | programs:
        assert list(metrics[name]) == ["value", "standard_error", "unit"], name
    assert metrics["revenue"]["unit"] == "USD"


def test_what_is_not_a_number_is_null(cli: CommandLine) -> None:
    free = as_json(cli, "run", "cdnow", "-n", 100)["metrics"]
    assert isinstance(free, dict)
    assert free["ltv_to_cac"]["value"] is None, "buyers that cost nothing"


def test_both_engines_print_the_same(cli: CommandLine) -> None:
    by_engine = [
        as_json(cli, "run", "carpet_cleaning", "-n", 300, "--engine", engine)["metrics"]
        for engine in ("kernel", "reference")
    ]
    assert by_engine[0] == by_engine[1]


def test_overrides_and_threads(cli: CommandLine) -> None:
    word = "journey.tripwire.price=19"
    found = as_json(cli, "run", "carpet_cleaning", "-S", word, "-S", "customers=500")
    again = as_json(cli, "run", "carpet_cleaning", "-S", word, "-n", 500, "--threads", 1)
    assert found["metrics"] == again["metrics"]
    assert found["metrics"] != as_json(cli, "run", "carpet_cleaning", "-n", 500)["metrics"]


def test_csv_has_every_metric_and_reads_back(cli: CommandLine) -> None:
    exact = as_json(cli, "run", "carpet_cleaning", *SMALL)["metrics"]
    assert isinstance(exact, dict)
    rows = list(csv.DictReader(io.StringIO(cli("run", "carpet_cleaning", *SMALL, "-f", "csv").out)))
    assert [row["metric"] for row in rows] == list(exact)
    for row in rows:
        value = exact[row["metric"]]["value"]
        assert (float(row["value"]) if row["value"] else None) == value


def test_table_and_markdown_show_every_metric(cli: CommandLine) -> None:
    exact = as_json(cli, "run", "carpet_cleaning", *SMALL)["metrics"]
    assert isinstance(exact, dict)
    families = {name.partition(".")[0] for name in exact}
    for format_ in ("table", "md"):
        out = cli("run", "carpet_cleaning", *SMALL, "-f", format_).out
        assert out.startswith("Carpet cleaning: 2,000 prospects, seed 7\n")
        assert families - set(out.replace("|", " ").split()) == set()


def test_the_ending_of_the_output_chooses_the_format(cli: CommandLine) -> None:
    for name, start in (("a.json", "{"), ("b.csv", "metric,"), ("c.md", "Carpet"), ("d", "Carpet")):
        code, out, err = cli("run", "carpet_cleaning", "-n", 50, "-o", name)
        assert (code, out, err) == (0, "", f"Wrote {name}\n")
        assert Path(name).read_text("utf-8").startswith(start)
    code, out, _ = cli("run", "carpet_cleaning", "-n", 50, "-o", "e", "-f", "csv")
    assert (code, out) == (0, "")
    assert Path("e").read_text("utf-8").startswith("metric,"), "as asked for"


def test_tables_are_saved_with_their_manifest(cli: CommandLine) -> None:
    words = ("--events", "e.parquet", "--customer-table", "c.parquet")
    code, out, err = cli("run", "carpet_cleaning", "-n", 400, *words, "-f", "json")
    assert code == 0
    assert err == "Wrote e.parquet\nWrote c.parquet\n"
    events, customers = read_events("e.parquet"), read_customers("c.parquet")
    assert len(customers) == 400
    revenue = json.loads(out)["metrics"]["revenue"]["value"]
    assert events.columns.revenue.sum() == pytest.approx(revenue, abs=0.005)
    assert customers.columns.revenue.sum() == pytest.approx(revenue, abs=0.005)
    manifest = read_manifest("c.parquet")
    assert manifest is not None
    assert manifest.to_dict() == json.loads(out)["manifest"]


def test_a_picture_on_request(cli: CommandLine) -> None:
    code, _, err = cli("run", "carpet_cleaning", "-n", 400, "--picture", "funnel.svg")
    assert (code, err) == (0, "Wrote funnel.svg\n")
    assert "<svg" in Path("funnel.svg").read_text("utf-8")


@pytest.mark.usefixtures("no_simulation")
@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["-o", "no/such/x.json"], "--output no/such/x.json: the folder no/such does not exist"),
        (["--events", "here"], "--events here: must end in .parquet"),
        (["--events", "no/e.parquet"], "--events no/e.parquet: the folder no does not exist"),
        (["--customer-table", "dir.parquet"], "dir.parquet: is a folder; name a file"),
        (["--picture", "x.jpeg"], "--picture x.jpeg: must end in .png or .svg or .pdf"),
        (["-o", "file/x"], "--output file/x: the folder file does not exist"),
        (["-o", "x" * 300], "cannot write there (File name too long)"),
        (
            ["--events", "a.parquet", "--customer-table", "./a.parquet"],
            "a.parquet: would be overwritten; name another file for the output",
        ),
    ],
)
def test_bad_outputs_are_refused_before_the_run(
    cli: CommandLine, words: list[str], answer: str
) -> None:
    Path("dir.parquet").mkdir()
    Path("file").touch()
    refusal = cli.refused("run", "carpet_cleaning", *words)
    assert answer in refusal
    assert len(refusal.splitlines()) == 1
    assert here() == ["dir.parquet", "file"], "nothing left behind"


@pytest.mark.usefixtures("no_simulation")
def test_the_scenario_itself_is_never_overwritten(cli: CommandLine) -> None:
    cli("init", "cdnow")
    text = Path("cdnow.yaml").read_bytes()
    assert "must end in" in cli.refused("run", "cdnow.yaml", "-o", "./cdnow.yaml", "--force")
    assert Path("cdnow.yaml").read_bytes() == text
    Path("cdnow.txt").symlink_to("cdnow.yaml")
    said = cli.refused("run", "cdnow.yaml", "-o", "cdnow.txt", "--force")
    assert "would be overwritten" in said
    assert Path("cdnow.yaml").read_bytes() == text


@pytest.mark.usefixtures("no_simulation")
@pytest.mark.parametrize(
    ("option", "name"),
    [
        ("-o", "base.json"),
        ("--events", "e.parquet"),
        ("--customer-table", "c.parquet"),
        ("--picture", "p.png"),
    ],
)
def test_nothing_is_overwritten_by_accident(cli: CommandLine, option: str, name: str) -> None:
    Path(name).write_text("mine", "utf-8")
    refusal = cli.refused("run", "cdnow", "-n", 10, option, name)
    assert refusal == f"{name}: exists already; --force overwrites"
    assert Path(name).read_text("utf-8") == "mine"


def test_force_overwrites(cli: CommandLine) -> None:
    names = ("x.json", "e.parquet", "c.parquet", "p.svg")
    for name in names:
        Path(name).write_text("mine", "utf-8")
    options = ("-o", "--events", "--customer-table", "--picture")
    words = [word for pair in zip(options, names, strict=True) for word in pair]
    assert cli("run", "cdnow", "-n", 10, *words, "--force").code == 0
    assert all(Path(name).read_bytes() != b"mine" for name in names)


@pytest.mark.skipif(os.name != "posix", reason="devices")
@pytest.mark.parametrize("name", ["-", "/dev/stdout"])
def test_standard_output_by_name(cli: CommandLine, name: str) -> None:
    plain = cli("run", "cdnow", "-n", 10, "-f", "csv")
    assert cli("run", "cdnow", "-n", 10, "-f", "csv", "-o", name) == plain
    assert here() == []
    with Path("there.csv").open("w") as file:  # the shell has made the file already
        command = [sys.executable, "-m", "cvosim", "run", "cdnow", "-n", "10", "-f", "csv"]
        subprocess.run([*command, "-o", name], stdout=file, check=True)
    assert Path("there.csv").read_text("utf-8") == plain.out


@pytest.mark.skipif(os.name != "posix", reason="devices")
def test_a_device_is_written_to_and_not_replaced(cli: CommandLine) -> None:
    assert cli("run", "cdnow", "-n", 10, "-o", "/dev/null").code == 0
    assert Path("/dev/null").is_char_device()


@pytest.mark.usefixtures("no_simulation")
def test_bad_scenarios_are_explained_all_at_once(cli: CommandLine) -> None:
    assert cli.refused("run", "carpet_cleanin").endswith('did you mean "carpet_cleaning"?')
    assert "; the library has: b2b_services, carpet_cleaning, " in cli.refused("run", "zebra")
    Path("dating_consultant.yaml").touch()
    refusal = cli.refused("run", "dating_consultant.yml")
    assert refusal.endswith('no such file; did you mean "dating_consultant.yaml"?')
    Path("bad.yaml").write_text("schema_version: 1\nname: [\n", "utf-8")
    assert cli.refused("run", "bad.yaml").startswith("bad.yaml:")
    cli("init", "carpet_cleaning", "-o", "c.yaml")
    refusal = cli.refused("run", "c.yaml", "-S", "journey.tripwire.price=-1", "-S", "jurney=1")
    assert len(refusal.splitlines()) == 2
    assert "journey" in refusal


def test_a_failure_while_writing_leaves_the_old_file(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("x.json").write_text("old", "utf-8")

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    refusal = cli.refused("run", "cdnow", "-n", 10, "-o", "x.json", "--force")
    assert refusal == "x.json: cannot be written (No space left on device)"
    assert here() == ["x.json"]
    assert Path("x.json").read_text("utf-8") == "old"
