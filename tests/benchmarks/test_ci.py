"""`.ci/run` says at its end what it could not check; its steps here are stand-ins."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HISTORY = 'step "history" older_trajectories\nls "$CVOSIM_OLDER_TRAJECTORIES" | wc -l'
UNCHECKED = "NOT CHECKED: trajectories that earlier commits promised"


def ci(checkout: Path, steps: str) -> subprocess.CompletedProcess[str]:
    """Run steps in place of those of `.ci/run`, as if it lay in another checkout."""
    functions, mark, _ = (ROOT / ".ci" / "run").read_text("utf-8").partition('step "clean copy"')
    assert mark
    script = checkout / ".ci" / "run"
    script.parent.mkdir(parents=True)
    script.write_text(functions + steps, "utf-8")
    env = {**os.environ, "GIT_CEILING_DIRECTORIES": str(checkout.parent)}
    command = ["bash", str(script)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=env)


@pytest.fixture(autouse=True)
def _tools() -> None:
    if not (ROOT / ".ci" / "run").is_file() or not shutil.which("bash") or not shutil.which("git"):
        pytest.skip("no .ci/run, bash or git here")


def test_what_was_not_checked_is_said_again_at_the_end(tmp_path: Path) -> None:
    ran = ci(
        tmp_path / "here",
        """
skips() { export FOUND=1; echo "SKIPPED [2] a.py:1: NOT CHECKED: one thing (why)"; cd /; }
passes() { echo "in $PWD: $FOUND"; }
step "one" skips
step "two" passes
""",
    )
    assert ran.returncode == 0, ran.stderr
    assert "in /: 1\n" in ran.stdout
    end = ran.stdout.partition("in /: 1\n")[2].splitlines()
    assert [line.split()[:2] for line in end[1:3]] == [["one", "ok"], ["two", "ok"]]
    assert end[3:] == ["  NOT CHECKED: one thing (why)", "All checks passed."]


def test_a_step_that_fails_is_named(tmp_path: Path) -> None:
    fails = 'fails() { echo words; false; echo never; }\nstep "three" fails\n'
    ran = ci(tmp_path / "here", fails)
    assert ran.returncode == 1
    assert ran.stdout.splitlines() == ["", "== three", "words", "", "FAILED: three"]


def test_what_began_beside_other_steps_counts_where_it_is_waited_for(tmp_path: Path) -> None:
    steps = """
slow() { sleep 1; echo "slow in $PWD"; echo "NOT CHECKED: one thing (why)"; }
fails() { echo words; false; echo never; }
cd /
begin "slow" slow
begin "bad" fails
step "quick" echo "quick"
step "slow" waited "slow"
step "bad" waited "bad"
step "later" echo "later"
"""
    ran = ci(tmp_path / "here", steps)
    assert ran.returncode == 1
    lines = [line.split("  ")[0] for line in ran.stdout.splitlines() if line]
    unchecked = "NOT CHECKED: one thing (why)"
    assert lines[:5] == ["== quick", "quick", "== slow", "slow in /", unchecked]
    assert lines[5:7] == ["== bad", "words"]
    assert f"  {unchecked}\nFAILED: bad\n" in ran.stdout
    assert "never" not in ran.stdout
    assert "later" not in ran.stdout


def test_what_comes_after_another_waits_for_it_behind_everything_else(tmp_path: Path) -> None:
    steps = """
mkdir "$work/source"
slow() { sleep 1; echo "slow" >>"$work/heard"; }
nice_one() { cat "$work/heard"; echo "nice $(nice) in ${PWD##*/}"; }
begin "slow" slow
begin "next" after "slow" nice_one
begin "bad" after "next" false
begin "last" after "bad" nice
step "last" waited "last"
step "next" waited "next"
step "bad" waited "bad"
"""
    ran = ci(tmp_path / "here", steps)
    assert ran.returncode == 1
    lines = [line for line in ran.stdout.splitlines() if line]
    assert lines[:5] == ["== last", "19", "== next", "slow", "nice 19 in source"]
    assert lines[-1] == "FAILED: bad"


def test_what_would_come_after_does_not_begin_once_a_step_has_failed(tmp_path: Path) -> None:
    steps = """
mkdir "$work/source"
begin "slow" sleep 1
begin "next" after "slow" echo "never"
step "bad" false
"""
    ran = ci(tmp_path / "here", steps)
    assert ran.returncode == 1
    assert "never" not in ran.stdout
    assert ran.stdout.endswith("FAILED: bad\n")


def test_a_shallow_clone_is_no_history(tmp_path: Path) -> None:
    """Neither is a folder without git; two commits are."""

    def git(*words: str) -> None:
        person = ("-c", "user.name=n", "-c", "user.email=e")
        subprocess.run(["git", *person, *words], check=True, capture_output=True)

    whole, shallow = tmp_path / "whole", tmp_path / "shallow"
    ran = ci(tmp_path / "bare", HISTORY)
    assert f"  {UNCHECKED} (no git history here)\nAll checks passed." in ran.stdout
    file = whole / "tests" / "engine" / "golden.json"
    file.parent.mkdir(parents=True)
    git("init", "-q", str(whole))
    for text in ("{}", '{"versions": {}}'):
        file.write_text(text, "utf-8")
        git("-C", str(whole), "add", ".")
        git("-C", str(whole), "commit", "-q", "-m", "a record")
    git("clone", "-q", "--no-local", "--depth", "1", str(whole), str(shallow))
    ran = ci(shallow, HISTORY)
    assert f"  {UNCHECKED} (shallow clone)\nAll checks passed." in ran.stdout
    assert "\n1\n" in ran.stdout
    ran = ci(whole, HISTORY)
    assert ran.returncode == 0
    assert "NOT CHECKED" not in ran.stdout
    assert "\n2\n" in ran.stdout
