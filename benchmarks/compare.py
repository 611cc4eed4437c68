"""Is the kernel slower than it was? ``python -m benchmarks.compare [BASE] [HEAD]``.

Both are revisions of git or folders of checkouts. HEAD is the working tree by default; BASE is
what the variable CVOSIM_BASE says, or the commit before. Exit code 1 if some case is slower
beyond doubt (its whole interval lies above the limit), if the sides disagree on a number, or
if HEAD cannot do what BASE can.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.cases import CASES, Case, named
from benchmarks.paired import LIMIT, Finding, Rule
from benchmarks.runner import DifferentLivesError, Measured, Pair, SideError, measure, paired
from benchmarks.sides import ROOT, NoSuchSideError, Side, commit_before, side

SECONDS = 50.0
"""Of timing; a quiet machine needs a fifth of it."""

HEADINGS = ("case", "clock", "customers", "BASE, ns", "HEAD, ns", "HEAD / BASE", "interval",
            "rounds", "")  # fmt: skip


@dataclass(frozen=True)
class Result:
    """What a comparison came to."""

    sides: tuple[Side, Side]
    measured: tuple[Measured, ...]
    left_out: tuple[str, ...]
    broken: tuple[str, ...]
    """what HEAD may not do: other numbers, or none"""
    hellos: dict[str, Any]
    rule: Rule

    @property
    def passed(self) -> bool:
        return not self.broken and all(m.finding is not Finding.SLOWER for m in self.measured)


def compare(
    sides: tuple[Side, Side],
    cases: Sequence[Case] = CASES,
    limit: float = LIMIT,
    seconds: float = SECONDS,
) -> Result:
    """Compare two sides case by case.

    Raises
    ------
    SideError
        A side does not even start.
    """
    rule = Rule(len(cases), limit)
    left_out: list[str] = []
    broken: list[str] = []
    subjects = []
    with paired(*sides) as pair:
        for case in cases:
            try:
                subjects.append(pair.subject(case))
            except SideError as error:
                able = _is_able(pair, case)
                (broken if able else left_out).append(f"{case.name} cannot be compared: {error}")
            except DifferentLivesError as error:
                broken.append(str(error))
        measured = [] if broken else measure(pair, subjects, rule, seconds, _say)
        return Result(sides, tuple(measured), tuple(left_out), tuple(broken), pair.hellos, rule)


def _is_able(pair: Pair, case: Case) -> bool:
    """Is it HEAD alone that fails?"""
    file = str(pair.base.side.folder / case.file)
    try:
        pair.base.ask(ask="prepare", case=case.to_dict(), files=[file])
    except SideError:
        return False
    return True


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def markdown(result: Result) -> str:
    """A table, and everything that needs words."""
    base, head = result.sides
    lines = [
        f"BASE: {base.name}",
        f"HEAD: {head.name}",
        f"{result.hellos['HEAD']['cpu']}; {_versions(result.hellos)}",
        "",
        *_rows([HEADINGS, ("---",) * len(HEADINGS), *(_cells(one) for one in result.measured)]),
        "",
        f"Seconds a customer, medians; interval of the median ratio of pairs at an error rate of "
        f"{result.rule.error:.0%} for all cases and looks together; limit "
        f"{1.0 + result.rule.limit:.2f}.",
    ]
    for one in result.measured:
        if one.subject.note:
            lines.append(f"{one.subject.case.name}: {one.subject.note}")
    lines += [*result.left_out, *result.broken, verdict(result)]
    return "\n".join(lines)


def verdict(result: Result) -> str:
    """One sentence."""
    if result.broken:
        return "FAIL: HEAD does not do what BASE does."
    slower = [one.subject.case.name for one in result.measured if one.finding is Finding.SLOWER]
    if slower:
        return f"FAIL: slower by more than {result.rule.limit:.0%}: {'; '.join(slower)}."
    unsure = [one.subject.case.name for one in result.measured if one.finding is Finding.UNDECIDED]
    if unsure:
        return f"Passed; too noisy to tell about {'; '.join(unsure)}."
    if not result.measured:
        return "Passed: there is nothing that BASE can do."
    return f"Passed: no case is slower by {result.rule.limit:.0%}."


def _rows(cells: Sequence[Sequence[str]]) -> list[str]:
    return ["| " + " | ".join(row) + " |" for row in cells]


def _cells(one: Measured) -> tuple[str, ...]:
    case, (low, middle, high) = one.subject.case, one.interval
    base, head = (one.per_customer(label) for label in ("BASE", "HEAD"))
    each = (f"{1e9 * statistics.median(times):,.0f}" if times else "" for times in (base, head))
    return (
        case.name, case.clock, f"{case.customers:,}", *each, f"{middle:.3f}",
        f"{low:.3f} to {high:.3f}", str(len(one.ratios())), str(one.finding),
    )  # fmt: skip


def _versions(hellos: dict[str, Any]) -> str:
    """The libraries are the same for both; the releases of cvosim need not be."""
    found = hellos["HEAD"]["versions"]
    compiling = ", ".join(f"{who} {said['compile_seconds']:.0f} s" for who, said in hellos.items())
    return ", ".join(f"{name} {number}" for name, number in found.items()) + (
        f"; CPU time of compiling or loading, in no other number: {compiling}"
    )


def to_dict(result: Result) -> dict[str, Any]:
    """All of it for JSON: a row for every single run, each with what it holds for."""
    rows = [
        {**asdict(timing), **{key: result.hellos[timing.side][key] for key in ("cpu", "versions")}}
        for one in result.measured
        for timing in one.timings
    ]
    cases = [
        {"case": one.subject.case.name, "finding": str(one.finding), "note": one.subject.note,
         "ratio": one.interval.middle, "rounds": len(one.ratios()),
         "interval": [one.interval.low, min(one.interval.high, sys.float_info.max)]}
        for one in result.measured
    ]  # fmt: skip
    words = {"left_out": result.left_out, "broken": result.broken, "verdict": verdict(result)}
    names = {one.label: one.name for one in result.sides}
    return {
        "passed": result.passed, **words, "sides": names, "limit": result.rule.limit,
        "error": result.rule.error, "cases": cases, "rows": rows,
    }  # fmt: skip


def main(words: Sequence[str] | None = None) -> int:
    """Return 0 if HEAD is as fast as BASE, 1 if not."""
    parser = _parser()
    options = parser.parse_args(words)
    cases = _checked(parser, options)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        try:
            if options.prove is not None:
                from benchmarks.proof import prove

                head = side("HEAD", options.head, options.history, work)
                return prove(head, options.prove, cases)
            word = options.base or os.environ.get("CVOSIM_BASE") or commit_before(options.history)
            if word is None:
                print("No commit before this one to compare with: no speed is judged.")
                return 0
            sides = tuple(
                side(label, name, options.history, work)
                for label, name in (("BASE", word), ("HEAD", options.head))
            )
        except NoSuchSideError as error:
            parser.error(str(error))
        try:
            result = compare((sides[0], sides[1]), cases, options.limit, options.seconds)
        except SideError as error:
            print(f"FAIL: nothing could be compared: {error}")
            return 1
    print(markdown(result))
    if options.json is not None:
        options.json.write_text(json.dumps(to_dict(result), indent=1) + "\n", "utf-8")
    return 0 if result.passed else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compare", description=__doc__)
    parser.add_argument("base", nargs="?", metavar="BASE", help="revision or folder")
    parser.add_argument("head", nargs="?", metavar="HEAD", default=str(ROOT))
    parser.add_argument("--case", action="append", default=[], metavar="NAME",
                        help=f"of {', '.join(repr(case.name) for case in CASES)}")  # fmt: skip
    parser.add_argument("--limit", type=float, default=LIMIT,
                        help=f"slow-down that fails; {LIMIT} by default")  # fmt: skip
    parser.add_argument("--seconds", type=float, default=SECONDS,
                        help=f"of timing; {SECONDS:.0f} by default, the first look may take "
                        "twice as long")  # fmt: skip
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every run as JSON")
    parser.add_argument("--history", type=Path, default=ROOT, metavar="FOLDER",
                        help="checkout whose revisions are meant; this one by default")  # fmt: skip
    parser.add_argument("--prove", type=int, nargs="?", const=20, metavar="N",
                        help="show that the gate passes HEAD against itself N times in a row, and "
                        "fails it as often when its kernel is slowed by 40 %%")  # fmt: skip
    return parser


def _checked(parser: argparse.ArgumentParser, options: argparse.Namespace) -> tuple[Case, ...]:
    """Refuse what makes no sense before a minute is spent on it."""
    if not 0.0 < options.limit < 10.0:
        parser.error(f"--limit {options.limit}: a slow-down such as {LIMIT}, above 0")
    if not options.seconds > 0.0:
        parser.error(f"--seconds {options.seconds}: more than 0")
    if options.prove is not None and (options.prove < 1 or options.base):
        parser.error("--prove takes the number of times, at least 1, and no BASE")
    if options.json is not None and not options.json.resolve().parent.is_dir():
        parser.error(f"--json {options.json}: there is no such folder")
    try:
        return named(options.case)
    except KeyError as error:
        parser.error(f"no case {error}; there are {', '.join(case.name for case in CASES)}")


if __name__ == "__main__":
    sys.exit(main())
