"""Trajectories are a promise: the bits of every library scenario, by hash, version by version.

`golden.json` holds, for each TRAJECTORY_VERSION so far, what each library scenario came to, and
each arm of its experiment (an entry of its own, "scenario: arm"):
``text`` (its settings as written, hashed), ``plan`` (what they compile to), ``events`` and
``customers`` (what 5,000 customers did). Within one version equal settings, and equal plans, give
equal numbers for ever; `broken_promises` says in words where they do not.

* Another scenario, or other settings: `python tests/engine/test_golden.py` writes anew.
* Other numbers from the same settings: that is refused. Count TRAJECTORY_VERSION up, say so in
  one line of CHANGELOG.md that is marked **[TRAJECTORY]** and names the number, then write.

The last bit of `exp` and `log` belongs to the machine's C library; where that rounds otherwise
the engines still agree with each other, but not with hashes written elsewhere.
"""

from __future__ import annotations

import copy
import hashlib
import json
import os
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cvosim.engine.driver import run_kernel
from cvosim.plan import compile_plan, plan_hash
from cvosim.randomness.rounding import rounding_hash
from cvosim.scenario import Scenario, library, load_experiment
from cvosim.scenario.loader import load_tree
from cvosim.scenario.yaml_nodes import map_data
from cvosim.tables.fingerprint import trajectory_hash
from cvosim.tables.manifest import TRAJECTORY_VERSION

GOLDEN = Path(__file__).parent / "golden.json"
ROOT = Path(__file__).parents[2]
OLDER = "CVOSIM_OLDER_TRAJECTORIES"
"""Environment variable: a folder of golden files of earlier commits, put there by `.ci/run`."""

SAME_ROUNDING = dict.fromkeys(
    (
        "af3f7d85aab94efc54ad026ac11bae92eff3978be94269d718a4a63fc4d3efd1",
        "6752a617a0f2c64c0931ae5a2be30bfbc3583e54e1c57f3cd0b63f71c99f269f",
    ),
    "e21ec9251c93c6bb099c4b22dce7b4ecac74cd6c2f5410751131eda9acd88634",
)
"""What `rounding_hash` gave when it asked at other places, and now gives on that machine."""

Golden = dict[str, Any]


def text_hash(settings: dict[str, Any]) -> str:
    """SHA-256 of settings as written, `extends` followed; comments and mere words do not count.

    Otherwise a commit that edits a description might move every number beside it.
    """
    settings = {key: value for key, value in settings.items() if key not in ("name", "description")}
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()


def shipped() -> Iterator[tuple[str, str, Scenario]]:
    """Name, text and settings of each library scenario, and of each arm of its experiment."""
    for name in library():
        tree, scenario, _ = load_tree(name)
        settings = map_data(tree)
        yield name, text_hash(settings), scenario
        if scenario.experiment is not None:
            trial = load_experiment(name)
            for arm, meets in zip(trial.arms, trial.scenarios, strict=True):
                yield f"{name}: {arm.name}", text_hash({"arm": arm.name, **settings}), meets


def all_lived(threads: int) -> dict[str, dict[str, str]]:
    """What the record of this version should hold."""
    return {name: lived(text, scenario, threads) for name, text, scenario in shipped()}


def lived(text: str, scenario: Scenario, threads: int) -> dict[str, str]:
    """What a scenario is, and what its first 5,000 customers do."""
    plan = compile_plan(scenario)
    run = run_kernel(plan, 7, 0, 5000, events=True, threads=threads)
    assert run.events is not None
    events = hashlib.sha256()
    for column in run.events:
        events.update(np.ascontiguousarray(column).tobytes())
    return {
        "text": text,
        "plan": plan_hash(plan),
        "events": events.hexdigest(),
        "customers": trajectory_hash(run.customers, run.referred),
    }


def golden_file(path: Path = GOLDEN) -> Golden:
    found: Golden = json.loads(path.read_text(encoding="utf-8"))
    return found


def written_by(older: Golden, version: int, rounding: str, now: dict[str, Any]) -> Golden:
    """The golden file as it would be written now: older versions stay, this one is new."""
    mine = {"rounding": rounding, "scenarios": now}
    versions = {key: value for key, value in older["versions"].items() if int(key) != version}
    return {"versions": {**versions, str(version): mine}}


def broken_promises(older: Golden, newer: Golden) -> list[str]:
    """Say where a golden file takes back what an older one promised."""
    last = max(map(int, newer["versions"]))
    return [
        words
        for version, before in older["versions"].items()
        for words in _broken(version, before, newer["versions"].get(version), last)
    ]


def _broken(version: str, before: Golden, after: Golden | None, last: int) -> Iterator[str]:
    if after is None:
        yield f"trajectory version {version} is gone from the record"
    elif int(version) < last and before != after:
        yield f"the record of trajectory version {version} has changed; that version is over"
    elif _rounding(before) != _rounding(after):
        yield (
            f"trajectory version {version} was recorded on a machine that rounds exp and log "
            "otherwise; write on one that rounds the same"
        )
    else:
        yield from _moved(version, before["scenarios"], after["scenarios"])


def _rounding(record: Golden) -> str:
    """How the machine of a record rounds, as the hash of today has it."""
    found: str = record["rounding"]
    return SAME_ROUNDING.get(found, found)


def _moved(version: str, before: Golden, after: Golden) -> Iterator[str]:
    """Scenarios that are the same by text or plan, whatever they are called, and live otherwise."""
    for name, old in before.items():
        for other, new in after.items():
            same = [key for key in ("text", "plan") if key in old and old[key] == new[key]]
            moved = [key for key in ("events", "customers") if key in old and old[key] != new[key]]
            if same and moved:
                called = name if name == other else f"{other} (before: {name})"
                yield (
                    f"{called}: same {' and '.join(same)}, other {' and '.join(moved)} in "
                    f"trajectory version {version}; count TRAJECTORY_VERSION up first "
                    "(cvosim/tables/manifest.py) and say so in CHANGELOG.md"
                )


def write(path: Path, newer: Golden) -> None:
    """Write the golden file, unless that breaks a promise."""
    if broken := broken_promises(golden_file(path), newer):
        raise SystemExit("\n".join(["Not written.", *broken]))
    path.write_text(json.dumps(newer, indent=2) + "\n", encoding="utf-8")


@pytest.fixture(scope="module")
def golden() -> Golden:
    return golden_file()


@pytest.mark.parametrize("threads", [1, 2])
def test_trajectories_are_those_of_their_version(threads: int, golden: Golden) -> None:
    mine = golden["versions"][str(TRAJECTORY_VERSION)]
    if mine["rounding"] != rounding_hash():
        pytest.skip("NOT CHECKED: golden trajectories (this machine rounds exp and log otherwise)")
    assert mine["scenarios"] == all_lived(threads), (
        "write with `python tests/engine/test_golden.py`, which says whether that is allowed"
    )


def test_arms_of_experiments_are_recorded(golden: Golden) -> None:
    """The control meets what the file itself says, the other arm does not."""
    names = [name for name, _, _ in shipped()]
    assert [name for name in names if ":" in name] == [
        "tripwire_price_test: control",
        "tripwire_price_test: lower_price",
    ]
    record = golden["versions"][str(TRAJECTORY_VERSION)]["scenarios"]
    assert list(record) == names
    file, control, lower = (record[name] for name in names if "price_test" in name)
    for key in ("plan", "events", "customers"):
        assert file[key] == control[key] != lower[key]
    assert len({one["text"] for one in (file, control, lower)}) == 3


def test_the_record_holds_every_version_so_far(golden: Golden) -> None:
    assert [int(key) for key in golden["versions"]] == list(range(1, TRAJECTORY_VERSION + 1))


# --------------------------------------------------------------------------- the changelog


def versions_named(changelog: str) -> list[str]:
    """Versions that the marked points of a changelog name, as written; "" where none is named."""
    points = re.split(r"^\* ", changelog, flags=re.MULTILINE)[1:]
    marked = [point for point in points if "[TRAJECTORY]" in point]
    found = [re.findall(r"\*\*\[TRAJECTORY\]\*\*\s+version\s+(\d+)", point) for point in marked]
    return [" ".join(numbers) for numbers in found]


def test_each_version_has_its_line_in_the_changelog() -> None:
    changelog = ROOT / "CHANGELOG.md"
    if not changelog.is_file():
        pytest.skip("CHANGELOG.md is not part of this distribution")
    named = Counter(versions_named(changelog.read_text(encoding="utf-8")))
    assert named == Counter(map(str, range(2, TRAJECTORY_VERSION + 1)))


def test_marks_of_the_changelog_are_read() -> None:
    text = (
        "Marks: **[TRAJECTORY]**.\n\n* **[new]** A.\n* **[TRAJECTORY]** version 2: b\n  more\n"
        "* **[changed]** C **[TRAJECTORY]**.\n* D\n  **[TRAJECTORY]**\n  version 4: e\n"
    )
    assert versions_named(text) == ["2", "", "4"]


# --------------------------------------------------------------------------- promises kept


def planted(golden: Golden, name: str, **changed: str) -> Golden:
    """A copy of the record with something else in its last version."""
    found = copy.deepcopy(golden)
    scenarios = found["versions"][str(TRAJECTORY_VERSION)]["scenarios"]
    scenarios[name] = {**scenarios[name], **changed}
    return found


def test_what_is_free(golden: Golden) -> None:
    assert broken_promises(golden, golden) == []
    other_settings = planted(golden, "cdnow", text="a", plan="b", events="c", customers="d")
    assert broken_promises(golden, other_settings) == []
    other_layout = planted(golden, "cdnow", text="a")
    assert broken_promises(golden, other_layout) == []
    new_plan_fields = planted(golden, "cdnow", plan="b")
    assert broken_promises(golden, new_plan_fields) == []
    one_more = copy.deepcopy(golden)
    one_more["versions"][str(TRAJECTORY_VERSION)]["scenarios"]["new"] = dict.fromkeys(
        ("text", "plan", "events", "customers"), "a"
    )
    assert broken_promises(golden, one_more) == []
    assert broken_promises(one_more, golden) == [], "a scenario may leave the library"
    now = planted(golden, "cdnow", events="c")["versions"][str(TRAJECTORY_VERSION)]
    next_one = written_by(golden, TRAJECTORY_VERSION + 1, now["rounding"], now["scenarios"])
    assert broken_promises(golden, next_one) == []


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"events": "c"}, "cdnow: same text and plan, other events in trajectory version"),
        ({"customers": "c"}, "cdnow: same text and plan, other customers in trajectory version"),
        ({"text": "a", "events": "c"}, "cdnow: same plan, other events"),
        ({"plan": "b", "customers": "d"}, "cdnow: same text, other customers"),
    ],
)
def test_other_numbers_of_the_same_scenario_are_refused(
    changed: dict[str, str], words: str, golden: Golden
) -> None:
    (said,) = broken_promises(golden, planted(golden, "cdnow", **changed))
    assert words in said
    assert "count TRAJECTORY_VERSION up first" in said


def test_other_words_are_no_other_settings() -> None:
    settings = {"name": "a", "description": "b", "horizon_days": 365}
    assert text_hash({**settings, "name": "c", "description": "d"}) == text_hash(settings)
    assert text_hash({**settings, "horizon_days": 364}) != text_hash(settings)


def test_another_name_does_not_help(golden: Golden) -> None:
    renamed = planted(golden, "cdnow", events="c")
    scenarios = renamed["versions"][str(TRAJECTORY_VERSION)]["scenarios"]
    scenarios["shop"] = scenarios.pop("cdnow")
    (said,) = broken_promises(golden, renamed)
    assert said.startswith("shop (before: cdnow): same text and plan, other events")


def test_what_is_over_stays_as_it_is(golden: Golden) -> None:
    old = copy.deepcopy(golden)
    old["versions"]["1"]["scenarios"]["cdnow"]["events"] = "c"
    assert broken_promises(golden, old) == [
        "the record of trajectory version 1 has changed; that version is over"
    ]
    del old["versions"]["1"]
    assert broken_promises(golden, old) == ["trajectory version 1 is gone from the record"]
    elsewhere = copy.deepcopy(golden)
    elsewhere["versions"][str(TRAJECTORY_VERSION)]["rounding"] = "0"
    (said,) = broken_promises(golden, elsewhere)
    assert "rounds exp and log otherwise" in said


def test_a_finer_look_at_the_same_rounding_takes_nothing_back(golden: Golden) -> None:
    mine = golden["versions"][str(TRAJECTORY_VERSION)]
    for before, now in SAME_ROUNDING.items():
        newer = written_by(golden, TRAJECTORY_VERSION, now, mine["scenarios"])
        older = written_by(golden, TRAJECTORY_VERSION, before, mine["scenarios"])
        assert broken_promises(older, newer) == []
        other = written_by(golden, TRAJECTORY_VERSION, now[::-1], mine["scenarios"])
        (said,) = broken_promises(older, other)
        assert "rounds exp and log otherwise" in said


def test_the_writer_refuses_and_leaves_the_file(golden: Golden, tmp_path: Path) -> None:
    file = tmp_path / "golden.json"
    file.write_text(json.dumps(golden), encoding="utf-8")
    with pytest.raises(SystemExit, match=r"(?s)Not written\.\ncdnow: same text and plan"):
        write(file, planted(golden, "cdnow", events="c"))
    assert golden_file(file) == golden
    allowed = planted(golden, "cdnow", text="a", plan="b", events="c")
    write(file, allowed)
    assert golden_file(file) == allowed


# --------------------------------------------------------------------------- earlier commits


def earlier_records(root: Path = ROOT) -> dict[str, Golden]:
    """The golden files of earlier commits, by commit, so far as they tell versions apart."""
    folder = os.environ.get(OLDER)
    if folder is not None:
        texts = {file.stem: file.read_text("utf-8") for file in Path(folder).glob("*.json")}
    else:
        name = GOLDEN.relative_to(ROOT).as_posix()
        commits = _git(root, "log", "--diff-filter=AM", "--format=%H", "--", name).split()
        texts = {commit: _git(root, "show", f"{commit}:./{name}") for commit in commits}
    found = {commit: json.loads(text) for commit, text in texts.items() if text}
    return {commit: record for commit, record in found.items() if "versions" in record}


def _git(root: Path, *words: str) -> str:
    """What git says of a checkout; nothing where there is neither git nor history."""
    try:
        command = ["git", "-C", str(root), *words]
        said = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return said.stdout if said.returncode == 0 else ""


def check_commits(golden: Golden, root: Path = ROOT) -> None:
    """Compare with every commit there is; in a shallow clone that says little, and is said."""
    records = earlier_records(root)
    found = {commit: broken_promises(record, golden) for commit, record in records.items()}
    assert {commit: words for commit, words in found.items() if words} == {}
    what = "NOT CHECKED: trajectories that earlier commits promised"
    if OLDER not in os.environ and _git(root, "rev-parse", "--is-shallow-repository") == "true\n":
        pytest.skip(f"{what} (shallow clone)")
    if not records:
        pytest.skip(f"{what} (neither git history nor {OLDER})")


def test_no_commit_took_a_promise_back(golden: Golden) -> None:
    check_commits(golden)


def test_a_shallow_clone_does_not_pass_for_a_history(
    golden: Golden, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if shutil.which("git") is None:
        pytest.skip("no git here")
    monkeypatch.delenv(OLDER, raising=False)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    whole, shallow = tmp_path / "whole", tmp_path / "shallow"
    file = whole / GOLDEN.relative_to(ROOT)
    file.parent.mkdir(parents=True)
    person = ("-c", "user.name=n", "-c", "user.email=e")
    taken_back = planted(golden, "cdnow", events="c")
    _git(whole, "init", "-q")
    for record in (golden, taken_back):
        file.write_text(json.dumps(record), encoding="utf-8")
        _git(whole, "add", ".")
        _git(whole, *person, "commit", "-q", "-m", "a record")
    with pytest.raises(AssertionError, match="other events"):
        check_commits(taken_back, whole)
    _git(tmp_path, "clone", "-q", "--no-local", "--depth", "1", str(whole), str(shallow))
    assert len(earlier_records(shallow)) == 1
    with pytest.raises(pytest.skip.Exception, match=r"NOT CHECKED: .*shallow clone"):
        check_commits(taken_back, shallow)
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    with pytest.raises(pytest.skip.Exception, match=r"NOT CHECKED: .*neither git history nor"):
        check_commits(golden, whole)


if __name__ == "__main__":
    write(
        GOLDEN,
        written_by(golden_file(), TRAJECTORY_VERSION, rounding_hash(), all_lived(2)),
    )
