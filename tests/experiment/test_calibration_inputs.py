"""Stage counts and event logs that are no good, refused in plain words."""

from __future__ import annotations

from pathlib import Path

import pytest

from cvosim.errors import DataError, ScenarioError
from cvosim.experiment.calibrate import calibrate
from cvosim.experiment.calibration.edits import put_values
from cvosim.scenario import load_scenario


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("stage,reached,accepted\n", "has a header but no"),
        ("stage,reached,accepted\ntripwir,9,3\n", r'no stage "tripwir"; did you mean "tripwire"\?'),
        ("stage,reached,accepted\ntripwire,9,30\n", "30 accepted, more than the 9 who reached"),
        ("stage,reached,accepted\ntripwire,9,3\ntripwire,9,3\n", "line 3: the stage stands in the"),
        ("stage,reached,accepted\ntripwire,9,x\n", 'accepted: "x" is no number'),
        ("stage,reached,accepted\ntripwire,9,-1\n", "-1 is no count of people"),
        ("stage,reached,accepted\ntripwire,9,1.5\n", "1.5 is no count of people"),
        ("stage,count\nlead_magnet,10\ntripwire,30\n", "30 at tripwire, more than the 10"),
        ("stage,count\ntripwire,30\nlead_magnet,10\n", "in the order of the journey"),
        ("stage,share\ntripwire,0.3\n", "needs the columns reached and accepted, or count"),
        ("what,reached\ntripwire,3\n", "has no column for stage"),
        ("stage,channel,reached,accepted\ntripwire,fb,9,3\n", 'no channel "fb"'),
    ],
)
def test_bad_counts(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "stages.csv"
    path.write_text(text)
    with pytest.raises(DataError, match=words):
        calibrate("carpet_cleaning", stages=path)


ARRIVED = "customer,date,stage,event\nann,2025-01-01,,arrived\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("customer,date,stage\n", "has a header but no"),
        (f"{ARRIVED}ann,2025-01-02,core,bought\n", r'no stage "core"; there are|did you mean'),
        (f"{ARRIVED}ann,2025-01-02,tripwire,boght\n", r'"boght"; did you mean "bought"\?'),
        (f"{ARRIVED}ann,2025-02-30,tripwire,bought\n", '"2025-02-30" is no date'),
        (f"{ARRIVED}ann,2999-02-03,tripwire,bought\n", "line 3: date: 2999-02-03 is in the future"),
        (f"{ARRIVED},2025-01-02,tripwire,bought\n", "line 3: customer: is empty"),
        (f"{ARRIVED}ann,2025-01-02,,bought\n", "only an arrival belongs to no stage"),
        (
            f"{ARRIVED}ann,2025-01-02,core_offer,bought\n",
            "customer ann came to core_offer without accepting lead_magnet",
        ),
        (
            f"{ARRIVED}ann,2025-01-09,lead_magnet,opted_in\nann,2025-01-02,tripwire,bought\n",
            "customer ann came to tripwire before accepting lead_magnet",
        ),
        (ARRIVED, "says nothing about the stages"),
        ("customer,date\nann,2025-01-01\n", "no column for stage.*--column stage=NAME"),
        (
            "customer,date,stage,channel\nann,2025-01-01,arrived,facebok\n",
            r'no channel "facebok"; did you mean "facebook"\?',
        ),
        (
            "customer,date,stage,channel\nann,2025-01-01,arrived,facebook\n"
            "ann,2025-01-02,lead_magnet,search\n",
            "ann has two channels",
        ),
    ],
)
def test_bad_logs(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "events.csv"
    path.write_text(text)
    with pytest.raises(DataError, match=words):
        calibrate("carpet_cleaning", events=path)


def test_nothing_given() -> None:
    with pytest.raises(DataError, match=r"nothing to calibrate to: give orders \(--orders\)"):
        calibrate("carpet_cleaning")


def test_until_of_a_log(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_text(ARRIVED)
    with pytest.raises(DataError, match="until 2024-01-01 is before its first event on 2025-01-01"):
        calibrate("carpet_cleaning", events=path, until="2024-01-01")
    path.write_text("customer,time,stage\n1,0.5,arrived\n")
    with pytest.raises(DataError, match="until is a date, and the log's times are days"):
        calibrate("carpet_cleaning", events=path, until="2024-01-01")


def test_refining_needs_events(tmp_path: Path) -> None:
    path = tmp_path / "stages.csv"
    path.write_text("stage,reached,accepted\ntripwire,9,3\n")
    with pytest.raises(DataError, match="needs an event log"):
        calibrate("carpet_cleaning", stages=path, refine=("journey.tripwire.trust",))


def test_nobody_accepts(tmp_path: Path) -> None:
    """None of 50 is not never: the author's guess stays, and the result says why."""
    path = tmp_path / "stages.csv"
    path.write_text("stage,reached,accepted\nlead_magnet,500,100\ntripwire,50,0\n")
    found = calibrate("carpet_cleaning", stages=path, people=2000)
    (kept,) = (one for one in found.kept if one.path == "journey.tripwire.conversion")
    assert kept.value == 0.06
    assert kept.why == "none of 50 accepted, which tells no more than that it is below 0.027"


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_values_are_put_where_they_belong(newline: str) -> None:
    text = (
        "name: A\njourney:\n  return_path:\n    - kind: x   # one\n      name: mail\n"
        "      open: 0.1   # two\n    # three\n    - {name: flow, open: 0.5}  # four\n"
    ).replace("\n", newline)
    changes = {
        "journey.return_path.mail.open": 0.25,
        "journey.return_path.mail.click": 0.75,
        "journey.return_path.flow.click": 0.3,
        "journey.return_path.flow.open": 0.2,
    }
    assert put_values(text, changes).split(newline) == [
        "name: A",
        "journey:",
        "  return_path:",
        "    - kind: x   # one",
        "      name: mail",
        "      open: 0.25   # two",
        "      click: 0.75",
        "    # three",
        "    - {name: flow, open: 0.2, click: 0.3}  # four",
        "",
    ]


@pytest.mark.parametrize("changes", ["", "changes:\n", "changes: {}\n", "changes: {seed: 3}\n"])
def test_values_of_a_variant_are_changes(tmp_path: Path, changes: str) -> None:
    text = f"extends: carpet_cleaning\nname: V   # mine\n{changes}"
    values = {
        "journey.tripwire.conversion": 0.25,
        "journey.profit_maximizers.stain_guard.delay": {"kind": "fixed", "days": 1.0},
    }
    path = tmp_path / "variant.yaml"
    path.write_text(put_values(text, values))
    scenario = load_scenario(path)
    assert scenario.journey.tripwire is not None
    assert scenario.journey.tripwire.conversion == 0.25
    delay = scenario.journey.profit_maximizers[0].delay
    assert delay is not None
    assert delay.model_dump() == {"kind": "fixed", "days": 1.0}
    assert "# mine" in path.read_text()


def test_an_item_that_is_not_there() -> None:
    with pytest.raises(ScenarioError, match="is not in the file"):
        put_values("name: A\nchannels: [{name: a}]\n", {"channels.b.share": 1.0})


def test_a_share_that_the_return_path_alone_exceeds(tmp_path: Path) -> None:
    """No conversion of the tripwire fits; the core offer is solved with the author's own."""
    path = tmp_path / "stages.csv"
    path.write_text("stage,reached,accepted\ntripwire,2410,150\ncore_offer,395,152\n")
    found = calibrate("carpet_cleaning", stages=path, people=20_000)
    why = {one.path: one.why for one in found.kept}["journey.tripwire.conversion"]
    assert "the return path as written wins back more than the 0.0622 who accept tripwire" in why
    written = found.scenario.journey
    assert written.tripwire is not None
    assert written.core_offer is not None
    assert written.tripwire.conversion == 0.06
    path.write_text("stage,reached,accepted\ncore_offer,395,152\n")
    alone = calibrate("carpet_cleaning", stages=path, people=20_000).scenario.journey.core_offer
    assert alone is not None
    assert written.core_offer.conversion == alone.conversion
