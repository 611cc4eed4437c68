"""Is the kernel slower than it was? ``python -m benchmarks.compare [BASE] [HEAD]``.

Both are revisions of git or folders of checkouts. HEAD is the working tree by default; BASE is
what the variable CVOSIM_BASE says, else the newest tag before HEAD, else the parent of the
newest commit that touched what the kernel is made of. Exit code 1 if some case is slower
beyond doubt (its whole interval lies above the limit), if the sides disagree on a number, if
HEAD cannot do what BASE can, or if nothing could be judged at all. Where there is no history to
take a BASE from it says NOT CHECKED, and ends with 0.
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
from benchmarks.runner import (
    DifferentLivesError,
    Measured,
    Pair,
    SideError,
    fresh,
    measure,
    paired,
)
from benchmarks.sides import ROOT, Base, NoSuchSideError, Side, default_base, side

SECONDS = 60.0
"""Of timing; the first look takes half of it or so on a quiet machine.

A case that looks slower than it may be has four times as long."""

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
        found = [one.finding for one in self.measured]
        return not self.broken and Finding.SLOWER not in found and Finding.FINE in found


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
    round_of_a_case = seconds / rule.looks[0] / len(cases)
    with paired(*sides) as pair:
        for case in cases:
            try:
                subjects.append(pair.fitted(pair.subject(case), round_of_a_case))
            except SideError as error:
                able = _is_able(pair, case)
                why = f"{case.name} cannot be compared: {error}"
                broken.append(why) if able else left_out.append(f"NOT CHECKED: {why}")
            except DifferentLivesError as error:
                broken.append(str(error))
    measured = [] if broken else measure(fresh(*sides), subjects, rule, seconds, _say)
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
        f"{result.rule.error:.0%} for all cases and looks together, if rounds are independent; "
        f"limit {1.0 + result.rule.limit:.2f}.",
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
    if not result.measured:
        return "FAIL: nothing was judged: BASE can do nothing of it. Name another (CVOSIM_BASE)."
    if len(unsure) == len(result.measured):
        return f"FAIL: nothing was judged: too noisy to tell about {'; '.join(unsure)}."
    if unsure:
        return f"Passed; NOT CHECKED: speed of {'; '.join(unsure)} (too noisy to tell)"
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
    """Return 0 if HEAD is as fast as BASE, or if there is no BASE, and 1 if not."""
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
            base = _base(options)
            if base.commit is None:
                print(f"NOT CHECKED: speed, no gate was held: {base.why}.")
                return 0
            print(f"BASE is {base.why}.", flush=True)
            sides = tuple(
                side(label, name, options.history, work)
                for label, name in (("BASE", base.commit), ("HEAD", options.head))
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


def _base(options: argparse.Namespace) -> Base:
    """Whoever names a BASE gets it, in a shallow clone, too."""
    if options.base:
        return Base(options.base, f"{options.base}, as asked for")
    word = os.environ.get("CVOSIM_BASE")
    return Base(word, f"{word}, by CVOSIM_BASE") if word else default_base(options.history)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compare", description=__doc__)
    parser.add_argument("base", nargs="?", metavar="BASE", help="revision or folder")
    parser.add_argument("head", nargs="?", metavar="HEAD", default=str(ROOT))
    parser.add_argument("--case", action="append", default=[], metavar="NAME",
                        help=f"of {', '.join(repr(case.name) for case in CASES)}")  # fmt: skip
    parser.add_argument("--limit", type=float, default=LIMIT,
                        help=f"slow-down that fails; {LIMIT} by default")  # fmt: skip
    parser.add_argument("--seconds", type=float, default=SECONDS,
                        help=f"of timing; {SECONDS:.0f} by default; the first look is always "
                        "completed, and what the verdict still hangs on has four "
                        "times as long")  # fmt: skip
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
