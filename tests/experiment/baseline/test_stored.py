"""The file of a baseline: the same bytes, readable differences, and words for what is broken."""

from __future__ import annotations

import dataclasses
import difflib
import json
import math
from pathlib import Path
from typing import Any

import pytest
from helpers.baselines import FEW, kept, written

from cvosim.errors import CvosimError
from cvosim.experiment.baseline.checking import check, record, updated
from cvosim.experiment.baseline.record import Baseline, BaselineError, Tolerances
from cvosim.experiment.baseline.same import equal
from cvosim.metrics.estimate import Estimate, Metrics


@pytest.fixture(scope="module")
def baseline(tmp_path_factory: pytest.TempPathFactory) -> Baseline:
    """Of two scenarios, one with referral."""
    found = [*record("pizza_chain", customers=1500), *record("cdnow", customers=300)]
    return updated(None, found, Tolerances(0.01, {"cac": 0.05}))


def test_the_same_baseline_has_the_same_bytes(baseline: Baseline) -> None:
    text = baseline.to_json()
    again = Baseline.from_json(text)
    assert again.to_json() == text
    turned = dict(reversed(baseline.records.items()))
    assert Baseline(turned, baseline.tolerances).to_json() == text
    assert again.tolerances == baseline.tolerances
    for key, one in baseline.records.items():
        read = again.records[key]
        assert dataclasses.replace(read, metrics=one.metrics) == one
        assert equal(read.metrics, one.metrics)
    whole = json.loads(text)
    assert (whole["format"], whole["schema_version"]) == ("cvosim baseline", 1)


def test_a_second_run_writes_the_same_bytes(tmp_path: Path) -> None:
    file = written(tmp_path, FEW)
    baseline = kept(file)
    found = check(baseline, [file], beside=tmp_path, threads=1)
    assert updated(baseline, found).to_json() == baseline.to_json()


def test_a_change_of_one_metric_is_a_change_of_one_line(baseline: Baseline) -> None:
    one = baseline.records["cdnow"]
    other = {**one.metrics, "aov": one.metrics["aov"]._replace(value=35.5)}
    changed = dataclasses.replace(one, metrics=Metrics(other))
    texts = [
        each.to_json() for each in (baseline, Baseline({**baseline.records, "cdnow": changed}))
    ]
    texts[1] = texts[1].replace('{"every": 0.0, "of": {}}', '{"every": 0.01, "of": {"cac": 0.05}}')
    lines = [
        line
        for line in difflib.unified_diff(*(text.splitlines() for text in texts), n=0, lineterm="")
        if not line.startswith(("---", "+++", "@@"))
    ]
    assert [line[0] for line in lines] == ["-", "+"]
    assert lines[1].startswith('+        "aov": {"value": 35.5, "standard_error": ')


def test_intervals_stand_beside_the_numbers(baseline: Baseline) -> None:
    metrics = json.loads(baseline.to_json())["records"]["pizza_chain"]["metrics"]
    for name, estimate in baseline.records["pizza_chain"].metrics.items():
        low, high = (metrics[name][side] for side in ("low", "high"))
        if math.isnan(estimate.standard_error):
            assert low is high is None
        else:
            assert high - low == pytest.approx(2 * 1.959964 * estimate.standard_error)


def test_numbers_that_json_does_not_know() -> None:
    (one,) = record("cdnow", customers=50)
    odd = {"a": Estimate(math.inf, math.nan, "x"), "b": Estimate(-math.inf, 0.0, "x")}
    baseline = updated(None, [dataclasses.replace(one, metrics=Metrics(odd))])
    assert equal(Baseline.from_json(baseline.to_json()).records["cdnow"].metrics, Metrics(odd))


def _with(path: list[str], value: object) -> Any:
    def damage(whole: dict[str, Any]) -> None:
        place = whole
        for part in path[:-1]:
            place = place[part]
        if value is None:
            del place[path[-1]]
        else:
            place[path[-1]] = value

    return damage


CDNOW = ["records", "cdnow"]
AOV = [*CDNOW, "metrics", "aov"]
DAMAGED = {
    "foreign": (["format"], "a sweep", "is no baseline"),
    "no format": (["format"], None, "is no baseline"),
    "too new": (["schema_version"], 2, "written by a later cvosim .*install that one"),
    "too old": (["schema_version"], 0, r"schema_version must be 1 \(got 0\)"),
    "version true": (["schema_version"], True, r"schema_version must be 1 \(got True\)"),
    "no records": (["records"], None, '"records" must be a section'),
    "records": (["records"], [], r'"records" must be a section \(got a list\)'),
    "tolerances": (["tolerances"], None, '"tolerances" must be a section'),
    "tolerance": (["tolerances", "every"], "1%", '"every" must be a number'),
    "negative tolerance": (["tolerances", "every"], -1, "must be a part of the old value"),
    "record": (CDNOW, 3, r'record "cdnow": must be a section \(got 3\)'),
    "hash": ([*CDNOW, "trajectory_hash"], "abc", "must be 64 hexadecimal digits"),
    "no hash": ([*CDNOW, "plan_hash"], None, r'"plan_hash" must be text \(got nothing\)'),
    "settings": ([*CDNOW, "settings", "horizon_days"], 99.0, "its settings are not those"),
    "no customers": ([*CDNOW, "settings", "customers"], None, '"customers" must be a whole number'),
    "nobody": ([*CDNOW, "settings", "customers"], 0, "customers must be at least 1"),
    "crowd": ([*CDNOW, "settings", "customers"], 10**30, "customers must be at most"),
    "seed": ([*CDNOW, "settings", "seed"], 10**30, "settings.seed must be at most"),
    "seed below": ([*CDNOW, "settings", "seed"], -1, "settings.seed must be at least 0"),
    "infinite": ([*CDNOW, "settings", "horizon_days"], 10**400, "its settings are not those"),
    "huge value": ([*AOV, "value"], 10**400, '"value" is too large for a number'),
    "huge tolerance": (["tolerances", "every"], 10**400, '"every" is too large for a number'),
    "huge version": (["schema_version"], 10**4000, "written by a later cvosim"),
    "software": ([*CDNOW, "software"], None, '"software" must be a section'),
    "version": ([*CDNOW, "software", "versions", "numba"], 1, '"numba" must be text'),
    "trajectory": ([*CDNOW, "software", "trajectory_version"], "2", "must be a whole number"),
    "metrics": ([*CDNOW, "metrics"], [], '"metrics" must be a section'),
    "metric": (AOV, 35.0, r"metrics.aov: must be a section \(got 35.0\)"),
    "value": ([*AOV, "value"], "35", r'metrics.aov: "value" must be a number or null'),
    "no value": ([*AOV, "value"], None, 'metrics.aov: "value" is missing'),
    "no error": ([*AOV, "standard_error"], None, '"standard_error" is missing'),
    "unit": ([*AOV, "unit"], None, r'"unit" must be text \(got nothing\)'),
}


@pytest.mark.parametrize(("path", "value", "words"), DAMAGED.values(), ids=DAMAGED)
def test_damaged_files_are_refused_in_words(
    path: list[str], value: object, words: str, baseline: Baseline
) -> None:
    whole = json.loads(baseline.to_json())
    _with(path, value)(whole)
    with pytest.raises(BaselineError, match=words) as caught:
        Baseline.from_json(json.dumps(whole))
    assert "\n" not in str(caught.value)


TEXTS = {
    "": "line 1, column 1: no JSON",
    "{": "no JSON",
    "[]": "is no baseline",
    "null": "is no baseline",
    '{"format": "cvosim baseline", "format": 1}': '"format" stands twice',
    '{"a": NaN}': "NaN is no number of JSON",
    "{\n<<<<<<< HEAD\n": "line 2: a merge was not finished",
    "[" * 200_000: "nested too deeply",
    "name: A shop": "no JSON",
}


@pytest.mark.parametrize(("text", "words"), TEXTS.items(), ids=range(len(TEXTS)))
def test_other_texts_are_refused_in_words(text: str, words: str) -> None:
    with pytest.raises(BaselineError, match=words) as caught:
        Baseline.from_json(text)
    assert "\n" not in str(caught.value)


def test_tolerances_are_parts() -> None:
    for wrong in (-0.1, math.nan, math.inf):
        with pytest.raises(CvosimError, match="must be a part of the old value"):
            Tolerances(wrong)
        with pytest.raises(CvosimError, match="tolerance of cac"):
            Tolerances(0.0, {"cac": wrong})


def test_records_of_other_scenarios_are_kept(baseline: Baseline) -> None:
    more = updated(baseline, record("heavy_tail", customers=100))
    assert set(more.records) == {"pizza_chain", "cdnow", "heavy_tail"}
    assert more.tolerances == baseline.tolerances
    assert updated(more, [], Tolerances()).tolerances == Tolerances()


def test_numbers_of_too_many_digits_are_refused_in_words(baseline: Baseline) -> None:
    text = baseline.to_json()
    for old, new, words in (
        ('"every": 0.01', f'"every": {"9" * 400}', 'tolerances: "every" is too large'),
        ('"value": 300.0', f'"value": {"9" * 400}', '"value" is too large for a number'),
        ('"customers": 300', f'"customers": {"9" * 5000}', "a number of far too many digits"),
    ):
        assert old in text
        with pytest.raises(BaselineError, match=words):
            Baseline.from_json(text.replace(old, new, 1))
