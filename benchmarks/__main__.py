"""Run the benchmarks: ``python -m benchmarks [NAME ...] [--json FILE] [--markdown]``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks import report
from benchmarks.machine import describe
from benchmarks.rows import Row
from benchmarks.subjects import FULL, TINY, Size
from benchmarks.topics import TOPICS


def main(words: Sequence[str] | None = None) -> int:
    """Return 0 if everything asked for holds, else 1."""
    options = _options(words)
    machine = describe()
    rows = _run(options.names or list(TOPICS), TINY if options.tiny else FULL)
    print(report.table(rows, machine))
    if options.json is not None:
        report.write_json(options.json, rows, machine)
    if options.markdown:
        report.fill_readme(rows, machine)
    return 1 if any(row.passed is False for row in rows) else 0


def _options(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"of {', '.join(TOPICS)}; all by default")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows as JSON")
    parser.add_argument(
        "--markdown", action="store_true", help="put the table into benchmarks/README.md"
    )
    parser.add_argument("--tiny", action="store_true", help="only see that it runs")
    options = parser.parse_args(words)
    unknown = [name for name in options.names if name not in TOPICS]
    if unknown:
        parser.error(f"no benchmark {', '.join(unknown)}; there are {', '.join(TOPICS)}")
    if options.markdown and (options.names or options.tiny):
        parser.error("--markdown is for a whole run: without names and --tiny")
    return options


def _run(names: Sequence[str], size: Size) -> list[Row]:
    rows: list[Row] = []
    for name in names:
        sys.stderr.write(f"{name} ...\n")
        sys.stderr.flush()
        rows += TOPICS[name](size)
    return rows


if __name__ == "__main__":
    sys.exit(main())
