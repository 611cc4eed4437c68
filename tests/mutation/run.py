"""Mutation testing: is there a test that notices when a line of the package is wrong?

    python tests/mutation/run.py PACKAGE --sample 40 --seed 8 [--report FILE.json]

PACKAGE is randomness, plan, engine, clv or stats. Prints the mutants that no test noticed, with
their lines, and the score. Works on a copy of the checkout, one process at a time. Needs
`pip install -e '.[mutation,test]'` and Linux. Exit code 1 if the tests fail without any change.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

TESTS = Path(__file__).resolve().parents[1]
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(TESTS))

from mutation.judges import PACKAGES, PLAIN_KERNEL, is_compiled, judges, modules  # noqa: E402
from mutation.mutants import Mutant, mutants, sample  # noqa: E402
from mutation.workshop import KILLED, SURVIVED, TIMED_OUT, Workshop, workshop  # noqa: E402


class Verdict(NamedTuple):
    """What came of one mutant."""

    file: str
    line: int
    operator: str
    diff: str
    outcome: str
    seconds: float


def main() -> int:
    """Run and report."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("package", choices=PACKAGES)
    parser.add_argument("--sample", type=int, default=40, help="how many mutants")
    parser.add_argument("--seed", type=int, default=0, help="which ones")
    parser.add_argument("--file", help="only of files whose name has this in it")
    parser.add_argument("--seconds", type=float, default=150.0, help="of CPU, for a round of tests")
    parser.add_argument("--skip", type=int, default=0, help="so many mutants, tried before")
    parser.add_argument("--longest", type=float, default=math.inf, help="test asked, in seconds")
    parser.add_argument("--again", type=Path, help="only the survivors of this report")
    parser.add_argument("--rounds", type=int, default=9, help="of tests at most, see judges.py")
    parser.add_argument("--timings", type=Path, help="of tests, from an earlier run; else made")
    parser.add_argument("--report", type=Path, help="write the verdicts into this file")
    given = parser.parse_args()
    with workshop(TESTS.parent) as shop:
        files = [f for f in modules(shop.root, given.package) if (given.file or "") in str(f)]
        if given.timings and given.timings.exists():
            shop.timings = json.loads(given.timings.read_text("utf-8"))
        elif not _sound(shop, given.package, given.seconds):
            return 1
        elif given.timings:
            given.timings.write_text(json.dumps(shop.timings, indent=1) + "\n", "utf-8")
        shop.longest = given.longest
        verdicts: list[Verdict] = []
        if given.again:
            chosen = _survivors(given.again, shop)
        else:
            chosen = sample(files, shop.root, given.sample, given.seed)[given.skip :]
        for mutant in chosen:
            verdicts.append(_try(shop, mutant, given.seconds, given.rounds))
            _tell(len(verdicts), verdicts[-1])
            if given.report:
                rows = [verdict._asdict() for verdict in verdicts]
                given.report.write_text(json.dumps(rows, indent=1) + "\n", "utf-8")
    _sum_up(given.package, verdicts)
    return 0


def _survivors(report: Path, shop: Workshop) -> list[Mutant]:
    """The mutants of a report that no test noticed then."""
    rows = [row for row in json.loads(report.read_text("utf-8")) if row["outcome"] == SURVIVED]
    found = []
    for row in rows:
        alike = [
            m for m in mutants(shop.root / row["file"]) if m.operator.endswith(row["operator"])
        ]
        found += [m for m in alike if m.place[0] == row["line"] and m.diff() == row["diff"]][:1]
    if len(found) < len(rows):
        sys.stdout.write(f"{len(rows) - len(found)} survivors are no longer in the sources\n")
    return found


def _sound(shop: Workshop, package: str, seconds: float) -> bool:
    """Do all tests pass as long as nothing is changed? Times them, and fills the folder of code."""
    rounds = [([f"tests/{package}"], False)]
    if package == "engine":
        rounds.append(([PLAIN_KERNEL], True))
    for tests, plain in rounds:
        outcome = shop.judge(tests, seconds=10 * seconds, fresh=False, plain=plain)
        if outcome != SURVIVED:
            said = (shop.root.parent / "said.txt").read_text("utf-8", "replace")
            sys.stdout.write(f"{said[-3000:]}\n{tests[0]}: {outcome} without any change\n")
            return False
        shop.timings |= json.loads((shop.root.parent / "timings.json").read_text("utf-8"))
    return True


def _try(shop: Workshop, mutant: Mutant, seconds: float, most: int) -> Verdict:
    started, compiled = time.monotonic(), is_compiled(mutant.path)
    file = mutant.path.relative_to(shop.root).as_posix()
    diff, outcome = mutant.diff(), SURVIVED
    rounds = judges(mutant.path, shop.root)[:most]
    with shop.changed(mutant.path, mutant.source()):
        for tests in rounds:
            plain = tests == [PLAIN_KERNEL]
            fresh = compiled and not plain
            outcome = shop.judge(tests, seconds=seconds, fresh=fresh, plain=plain)
            if outcome != SURVIVED:
                break
    spent = round(time.monotonic() - started, 1)
    operator = mutant.operator.removeprefix("core/")
    return Verdict(file, mutant.place[0], operator, diff, outcome, spent)


def _tell(number: int, verdict: Verdict) -> None:
    sys.stdout.write(f"{number} {verdict.outcome} {verdict.file}:{verdict.line} ")
    sys.stdout.write(f"{verdict.operator} {verdict.seconds:.0f} s\n")
    if verdict.outcome == SURVIVED:
        sys.stdout.write(f"{verdict.diff}\n")
    sys.stdout.flush()


def _sum_up(package: str, verdicts: list[Verdict]) -> None:
    counts = Counter(verdict.outcome for verdict in verdicts)
    noticed = counts[KILLED] + counts[TIMED_OUT]
    sys.stdout.write(
        f"{package}: {len(verdicts)} mutants, {counts[KILLED]} killed, {counts[TIMED_OUT]} timed "
        f"out, {counts[SURVIVED]} survived: score {noticed / max(1, len(verdicts)):.0%}\n"
    )


if __name__ == "__main__":
    raise SystemExit(main())
