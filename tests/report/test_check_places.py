from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from helpers.checked_files import CHANGED, PRICE

from cvosim.experiment.baseline.findings import Cause
from cvosim.report.check_places import data_file, place, place_words, shown_path


def test_a_path_has_no_way_back_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("funnels/variants").mkdir(parents=True)
    Path("funnels/a.yaml").touch()
    assert shown_path("funnels/variants/../a.yaml") == "funnels/a.yaml"
    assert shown_path("funnels/variants/../b.yaml") == "funnels/variants/../b.yaml", "no such file"
    monkeypatch.chdir("funnels")
    assert shown_path("../funnels/a.yaml") == "../funnels/a.yaml"


def test_a_link_is_no_shorter_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("here", "there/deep"):
        Path(name).mkdir(parents=True)
    Path("here/link").symlink_to(tmp_path / "there" / "deep")
    Path("there/a.yaml").touch()
    assert shown_path("here/link/../a.yaml") == "here/link/../a.yaml"
    Path("here/a.yaml").touch()
    assert shown_path("here/link/../a.yaml") == "here/link/../a.yaml", "another file"


def test_numbers_of_a_csv_file_are_told_with_it() -> None:
    arrivals = {"kind": "daily", "file": "visits.csv", "column": "n", "weights": [1.0]}
    channels = [{"name": "ads"}, {"name": "web", "arrivals": arrivals}]
    record = replace(CHANGED.record, settings={"channels": channels})
    one = replace(CHANGED, record=record, source="funnels/a.yaml")
    cause = Cause("setting", "channels.web.arrivals.weights", [1.0], [2.0], "funnels/a.yaml", 4)
    assert place(one, cause) == "funnels/a.yaml:4 (funnels/visits.csv)"
    assert place_words(one, cause) == "line 4 (funnels/visits.csv)"
    assert place_words(one, cause, own=False) == "funnels/a.yaml, line 4 (funnels/visits.csv)"
    assert data_file(one, replace(cause, what="channels.ads.arrivals.weights")) == ""
    assert data_file(one, replace(cause, file="-S channels.web.arrivals.file=x.csv")) == ""
    assert data_file(CHANGED, PRICE) == ""
