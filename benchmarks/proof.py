"""Does the gate do its work? The same commit many times, and a kernel slowed by 40 %.

The slow side is a copy whose kernel really works more: after every customer it turns a number
over and over and leaves it in a place that the next block of customers overwrites, so that
the compiler cannot leave it out and no result knows of it. How many turns make 40 % is
measured first, as CPU time of one thread.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.cases import CASES, Case
from benchmarks.compare import Result, compare
from benchmarks.paired import Finding, Rule
from benchmarks.runner import fresh, measure, paired
from benchmarks.sides import Side

SLOWED = 0.40
CLOSE = 0.02
"""How near the slow-down must come, by what all attempts say of a turn."""

FIRST_TURNS = 100
CALIBRATION_ROUNDS = 31

_KERNEL = Path("cvosim") / "engine" / "kernel.py"
_AFTER = "            _fill_row(customers, np.uint64(row), plan, life, hands)\n"
_TURNS = """\
            waste = life.customer
            for _turn in range({turns}):
                waste = waste * np.uint64(6364136223846793005) + np.uint64(1442695040888963407)
                waste ^= waste >> np.uint64(29)
            hands.block[i] = waste
"""


def slowed(side: Side, turns: int, folder: Path) -> Side:
    """Copy a side and give its kernel more to do for every customer.

    Raises
    ------
    ValueError
        The kernel does not look as it did when this was written.
    """
    shutil.copytree(side.folder, folder, ignore=shutil.ignore_patterns("__pycache__"))
    kernel = folder / _KERNEL
    text = kernel.read_text("utf-8")
    if text.count(_AFTER) != 1:
        raise ValueError(f"{_KERNEL} has not one line that reads {_AFTER.strip()}")
    kernel.write_text(text.replace(_AFTER, _AFTER + _TURNS.format(turns=turns)), "utf-8")
    name = f"{side.name}, {turns} turns a customer slower"
    return Side("HEAD", name, folder, folder.with_name(f"{folder.name}-compiled"))


def prove(head: Side, times: int, cases: Sequence[Case] = CASES) -> int:
    """Print how often the gate was right; return 0 if always."""
    work = head.folder.parent
    base = replace(head, label="BASE", folder=work / "base", cache=work / "base-compiled")
    shutil.copytree(head.folder, base.folder)
    slow = _calibrated(base, work)
    right = {"same": 0, "slow": 0}
    for number in range(1, times + 1):
        for which, other in (("same", head), ("slow", slow)):
            result = compare((base, other), cases)
            right[which] += result.passed if which == "same" else _caught(result)
            print(f"{number} {which}: {_summary(result)}", flush=True)
    print(f"The same commit passed {right['same']} times of {times}.")
    print(f"The kernel slowed by {SLOWED:.0%} failed {right['slow']} times of {times}.")
    return 0 if set(right.values()) == {times} else 1


def _caught(result: Result) -> bool:
    """Some case was found to be slower; one that breaks fails as well, and proves nothing."""
    found = [one.finding for one in result.measured]
    return not result.broken and Finding.SLOWER in found


def _calibrated(base: Side, work: Path) -> Side:
    """Find a slow side that is slower by 40 %, by CPU time of one thread.

    What a turn costs is the mean over all attempts: even many rounds of one are a few per cent off.
    """
    turns, tried, slower = FIRST_TURNS, 0, 0.0
    for attempt in range(6):
        slow = slowed(base, turns, work / f"slow{attempt}")
        ratio = _ratio(base, slow)
        tried, slower = tried + turns, slower + ratio - 1.0
        each = max(1e-4, slower / tried)
        print(
            f"{turns} turns a customer: {CASES[0].name} takes {ratio:.3f} times as long, "
            f"{1.0 + each * turns:.3f} by all attempts",
            flush=True,
        )
        if attempt > 0 and abs(each * turns - SLOWED) <= CLOSE:
            return slow
        turns = max(1, round(SLOWED / each))
    raise RuntimeError("this machine is too noisy to find out what 40 % are")


def _ratio(base: Side, head: Side) -> float:
    rule = Rule(1, looks=(CALIBRATION_ROUNDS,))
    with paired(base, head) as pair:
        subject = pair.subject(CASES[0])
    return measure(fresh(base, head), [subject], rule, 120.0)[0].interval.middle


def _summary(result: Result) -> str:
    """Verdict and ratios in one line."""
    marks = {Finding.SLOWER: "!", Finding.UNDECIDED: "?", Finding.FINE: ""}
    ratios = ", ".join(
        f"{one.interval.middle:.2f}{marks[one.finding]} ({len(one.ratios())})"
        for one in result.measured
    )
    return f"{'passed' if result.passed else 'failed'}; {ratios}"
