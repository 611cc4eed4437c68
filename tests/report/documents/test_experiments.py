"""Reports of everything about experiments, as the commands write them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache
from html import unescape
from pathlib import Path

import pytest
from helpers.command_line import CommandLine
from helpers.html_page import less_command

FIGURE = re.compile(r"<figure class=\"exhibit\".*?</figure>", re.DOTALL)
DESCRIPTION = re.compile(r"<desc id=\"[^\"]*\">(.*?)</desc>", re.DOTALL)
DATA = re.compile(r"<script type=\"application/json\" id=\"cvosim-data\">(.*?)</script>", re.DOTALL)
QUICK = ("-n", "4000")
TRIAL = "tripwire_price_test"
LOOKS = "experiment.looks={kind: fractions, at: [0.4, 0.7, 1]}"


def shop(path: Path) -> None:
    """600 customers over ten weeks, half of them treated, who spend 2 more."""
    lines = ["group,spend,joined"]
    for k in range(600):
        treated = (k * 0.569840291) % 1.0 < 0.5
        spend = 10.0 * ((k * 0.754877666) % 1.0) + 5.0 * ((k * 0.618033989) % 1.0)
        day = f"2026-{1 + k % 70 // 28:02d}-{1 + k % 70 % 28:02d}"
        lines.append(f"{'new' if treated else 'control'},{spend + 2.0 * treated:.2f},{day}")
    path.write_text("\n".join(lines) + "\n", "utf-8")


COMMANDS: dict[str, tuple[tuple[str, ...], int, tuple[str, ...]]] = {
    "experiment": (("experiment", TRIAL, "-n", "20000", "-S", LOOKS), 6, ("conversion.tripwire",)),
    "twins": (("experiment", TRIAL, "--twins", *QUICK), 5, ("for everybody",)),
    "abtest": (
        ("abtest", "shop.csv", "--variant", "group", "--metric", "spend"), 1, ("new against",)
    ),
    "monitor": (
        ("monitor", "shop.csv", "--variant", "group", "--assigned", "joined", "--metric", "spend",
         "--looks", "10"), 3, ("decided: stop: ship it", "standard errors"),
    ),
    "plan": (
        ("plan", "carpet_cleaning", "--metric", "conversion.tripwire", "--assign-at", "tripwire",
         "--effect", "20%", "-n", "10000"), 3, ("power", "followed for 30 days"),
    ),
    "answer": (("plan", "--rate", "0.05", "--effect", "20%"), 1, ("16,316 units",)),
    "certify": (
        ("certify", "shop.csv", "--metric", "spend", "--effect", "5%", "--replications", "200",
         "--tolerance", "0.9"), 2, ("allowed up to",),
    ),
    "clv": (
        ("lab", "clv", "cdnow", "--model", "bg_nbd", "--refits", "0", "-n", "1000"), 4,
        ("BG/NBD",),
    ),
    "stages": (
        ("lab", "stages", "carpet_cleaning", "-S", "journey.tripwire.price=19", "-n", "1000"), 2,
        ("tripwire",),
    ),
    "segments": (
        ("lab", "segments", TRIAL, "--replications", "20", *QUICK), 3, ("households",)
    ),
    "surrogates": (
        ("lab", "surrogates", "lead_magnet_checklist", "--days", "120", "--early", "28",
         "--units", "400", "--replications", "5", "-n", "1000"), 2, ("pairs are safe",),
    ),
    "stopping": (
        ("lab", "stopping", TRIAL, "--replications", "100", "--rule", "fixed", "--rule",
         "pocock", "-n", "10000"), 3, ("false alarms",),
    ),
    "testing": (
        ("lab", "testing", "--sd", "40", "--per-day", "400", "--prior-sd", "0.5"), 2,
        ("The best test runs",),
    ),
}  # fmt: skip
"""What is run, how many figures it has, and words of their text alternatives."""

Run = Callable[..., str]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with data."""
    folder = tmp_path_factory.mktemp("reports")
    shop(folder / "shop.csv")
    return folder


@pytest.fixture
def run(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command in the folder and give what it prints."""
    monkeypatch.chdir(folder)
    cli = CommandLine(capsys)
    return lambda *words: cli(*words).out


@cache
def _first() -> dict[str, str]:
    return {}


def page_of(name: str, run: Run) -> str:
    """The page of a command, written once for all tests."""
    if name not in _first():
        _first()[name] = run(*COMMANDS[name][0], "-f", "html")
        assert _first()[name].startswith("<!DOCTYPE html>")
    return _first()[name]


@pytest.mark.parametrize("name", COMMANDS)
def test_a_report_has_the_verdict_its_figures_their_words_and_tables(name: str, run: Run) -> None:
    _, figures, alternatives = COMMANDS[name]
    page = page_of(name, run)
    data = json.loads(DATA.findall(page)[0])
    said = data.get("verdict", data.get("summary"))
    for line in said.splitlines() if isinstance(said, str) else said:
        assert f'<p class="verdict">{line.strip()}</p>' in unescape(page)
    found = FIGURE.findall(page)
    assert len(found) == figures
    assert all("<table>" in one for one in found)
    described = unescape(" ".join(DESCRIPTION.findall(page)))
    for part in alternatives:
        assert part in described
    assert not re.search(r"\bnan\b|\binf\b", described)
    assert "src=" not in page
    assert "://" not in page
    assert len(page) < 500_000


@pytest.mark.parametrize("name", ["experiment", "monitor", "certify", "stopping"])
def test_a_second_file_has_the_same_bytes(name: str, run: Run, folder: Path) -> None:
    run(*COMMANDS[name][0], "--force", "-o", "report.html")
    written = (folder / "report.html").read_text("utf-8")
    assert less_command(written) == less_command(page_of(name, run))


def test_the_text_form_says_the_same(run: Run) -> None:
    first, *_ = run(*COMMANDS["abtest"][0]).split("\n\n")
    assert f'<p class="verdict">{" ".join(first.split())}</p>' in unescape(page_of("abtest", run))


def test_a_file_that_was_read_is_named_without_its_folder(run: Run, folder: Path) -> None:
    words = [str(folder / word) if word == "shop.csv" else word for word in COMMANDS["abtest"][0]]
    page = run(*words, "-f", "html")
    assert page == page_of("abtest", run)
    assert "file sha256" in page
    assert str(folder) not in page


def test_an_experiment_without_a_look_has_a_report(run: Run) -> None:
    words, *_ = COMMANDS["monitor"]
    page = run(*words, "--window", "100", "--until", "2026-03-14", "-f", "html")
    assert "There is no look yet." in page
    assert not FIGURE.findall(page)


def test_the_finding_of_a_test_stands_beside_its_metric(run: Run) -> None:
    """The table is wide, and its end out of sight."""
    heads = re.findall(r"<thead><tr>(.*?)</tr>", page_of("abtest", run))
    names = [re.findall(r">([^<]+)</th>", head) for head in heads]
    wide = [one for one in names if "p corrected" in one]
    assert len(wide) == 2
    assert all(one[:3] == ["metric", "verdict", "treatment"] for one in wide)
