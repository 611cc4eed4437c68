"""Coverage-guided fuzzing of one reader of files, or of all.

    python tests/fuzz/atheris_run.py TARGET --seconds 60
    python tests/fuzz/atheris_run.py all --seconds 40     # all of them in this time together

What is let through is what `fuzz.targets` says. A crash is printed with the input that made it,
and the exit code is 1; 2 where atheris is not installed (`pip install -e '.[fuzz]'`, Linux).

Each target runs in a process of its own, forked from one that has imported everything: it
starts at once, and one that is killed by the system is found out, too.
"""

# ruff: noqa: T201 - it talks to whoever started it

from __future__ import annotations

import argparse
import io
import os
import re
import sys
import tempfile
import traceback
from base64 import b64encode
from contextlib import redirect_stderr
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
_LONGEST_INPUT = 65_536
_SECONDS_OF_ONE = 20  # one input may take so long
_MEMORY = 4096  # MiB
_CRASHED = 77


def main() -> int:
    """Run and report."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("target", help="name of a target, or all")
    parser.add_argument("--seconds", type=float, default=60.0, help="of all targets together")
    given = parser.parse_args()
    sys.path.insert(0, str(TESTS))
    try:
        import atheris
    except ImportError:
        print("atheris is not installed: pip install -e '.[fuzz]' (Linux only)", file=sys.stderr)
        return 2
    with redirect_stderr(io.StringIO()), atheris.instrument_imports(include=["cvosim", "yaml"]):
        from fuzz.seeds import seeds
        from fuzz.targets import TARGETS
    names = list(TARGETS) if given.target == "all" else [given.target]
    if given.target not in ("all", *TARGETS):
        parser.error(f"no target {given.target!r}; there are: all, {', '.join(TARGETS)}")
    for name in names:
        seeds(name)  # before the clock runs
    failed = [name for name in names if not _sound(name, given.seconds / len(names))]
    print(f"failed: {', '.join(failed)}" if failed else f"{len(names)} targets, no crash")
    return 1 if failed else 0


def _sound(name: str, seconds: float) -> bool:
    """Run a target in a process of its own, and print how that went."""
    with tempfile.TemporaryDirectory(prefix="cvosim-fuzz-") as folder:
        log = Path(folder, "log")
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            _run(name, max(1, round(seconds)), Path(folder), log)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        said = log.read_text("utf-8", "replace")
        count = re.findall(r"number_of_executed_units: (\d+)|^#(\d+)", said, re.M)
        executions = int(max((a or b for a, b in count), key=int, default="0"))
        print(f"{name}: {executions:,} executions in {round(seconds)} s, exit code {code}")
        for artefact in sorted(Path(folder, "crashes").iterdir()) if code else []:
            print(f"input, in base64: {b64encode(artefact.read_bytes()).decode()}")
        if code:
            print(said[max(said.rfind("Traceback"), len(said) - 4000) :])
        sys.stdout.flush()
        return code == 0


def _run(name: str, seconds: int, folder: Path, log: Path) -> None:
    """Fuzz until the time is over; never returns."""
    import atheris
    from fuzz.seeds import seeds
    from fuzz.targets import TARGETS, at_home

    handle = os.open(log, os.O_WRONLY | os.O_CREAT, 0o600)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    corpus, crashes = folder / "corpus", folder / "crashes"
    corpus.mkdir()
    crashes.mkdir()
    at_home(folder)
    for number, seed in enumerate(seeds(name)):
        (corpus / f"{number:03}").write_bytes(seed)
    words = folder / "words"
    words.write_text("".join(f'"{word}"\n' for word in _WORDS), "utf-8")

    def one(data: bytes) -> None:
        try:
            TARGETS[name](data)
        except Exception:  # noqa: BLE001 - every one is a finding
            (crashes / "exception").write_bytes(data)
            traceback.print_exc()
            sys.stderr.flush()
            os._exit(_CRASHED)

    options = {
        "max_total_time": seconds,
        "max_len": _LONGEST_INPUT,
        "timeout": _SECONDS_OF_ONE,
        "rss_limit_mb": _MEMORY,
        "dict": words,
        "artifact_prefix": f"{crashes}/",
        "print_final_stats": 1,
    }
    atheris.Setup(["fuzz", *(f"-{key}={value}" for key, value in options.items()), str(corpus)],
                  one, enable_python_coverage=True)  # fmt: skip
    atheris.Fuzz()
    os._exit(0)


_WORDS = (
    *(r"extends: carpet_cleaning\x0a", r"changes:\x0a", r"variants:\x0a", "<<: *a", "&a ", "*a"),
    *("journey", "tripwire", "core_offer", "price", "conversion", "null", ".nan", ".inf", "1e999"),
    *("kind: ", "daily", "fixed", "days", "share", "segments", "delay", "effects", "sweep:"),
    *("customer", "date", "amount", "variant", "revenue", "stage", "reached", "accepted", "count"),
    *("1900-01-01", "9999-12-31", "0001-01-01", "2024-02-30", "T24:00:00", "+99:99", "1e308"),
    *("-0", "inf", "nan", r"\x00", r"\xef\xbb\xbf", r"\xff\xfe", r"\"", r"\x0d\x0a", "PAR1", ";"),
)

if __name__ == "__main__":
    sys.exit(main())
