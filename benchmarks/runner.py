"""Timing two sides in turns: A-B-B-A-A-B, warmed up, and only if they mean the same.

Each side is a process of its own with its own compiled code (`benchmarks.worker`). Before
anything is timed its kernel must repeat its reference engine to the bit, and both sides must
have lived through the same lives: at equal trajectory versions that is a promise.

Every round has new processes. Where its memory comes to lie makes a process faster or slower
than another one of the same code, by a fifth now and then, for as long as it lives
(Mytkowicz, Diwan, Hauswirth & Sweeney 2009, *ASPLOS XIV*, 265-276; Kalibera & Jones 2013,
*ISMM '13*, 63-74, section 4): rounds of one process have that in common, and would agree on a
wrong ratio.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from benchmarks.cases import Case
from benchmarks.paired import UNKNOWN, Finding, Interval, Rule
from benchmarks.sides import Side, scenario_files

WORKER = Path(__file__).with_name("worker.py")

PATIENCE = 900.0
"""Seconds after which a side that does not answer is given up: only a hang takes as long."""

FEWEST = 10_000
"""Customers of a case, however slow a side is: of fewer, the start of a run is what is timed."""


LONGER = 4.0
"""Times as long a case may take on which the verdict of the whole still hangs."""


class SideError(RuntimeError):
    """A side that cannot do what is asked, in its own words."""


class DifferentLivesError(RuntimeError):
    """The sides disagree on the very numbers, which they may not at one trajectory version."""


class Worker:
    """The process of one side."""

    def __init__(self, side: Side, process: subprocess.Popen[str], log: Path) -> None:
        self.side, self._process, self._log = side, process, log

    def send(self, **request: Any) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # `receive` says what has happened

    def receive(self) -> dict[str, Any]:
        """Wait for the answer.

        Raises
        ------
        SideError
            It cannot, has died or takes too long.
        """
        assert self._process.stdout is not None
        watch = threading.Timer(PATIENCE, self._process.kill)
        watch.start()
        try:
            line = self._process.stdout.readline()
        finally:
            watch.cancel()
        if not line:
            last = self._log.read_text("utf-8", errors="replace").strip()[-2000:]
            raise SideError(f"{self.side.label} died or said nothing for {PATIENCE:.0f} s: {last}")
        reply: dict[str, Any] = json.loads(line)
        if "problem" in reply:
            raise SideError(f"{self.side.label}: {reply['problem']}")
        return reply

    def ask(self, **request: Any) -> dict[str, Any]:
        self.send(**request)
        return self.receive()


@contextmanager
def started(side: Side, script: Path = WORKER) -> Iterator[Worker]:
    """A process that finds the package of this side first, and writes nothing beside it."""
    env = {
        **os.environ,
        "PYTHONPATH": str(side.folder),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONIOENCODING": "utf-8",
    }
    env.pop("NUMBA_CACHE_DIR", None)
    if side.cache is not None:
        env["NUMBA_CACHE_DIR"] = str(side.cache)
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "errors.txt"
        with log.open("w", encoding="utf-8") as errors:
            process = subprocess.Popen(
                [sys.executable, "-P", str(script)], env=env, cwd=folder, text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
            )  # fmt: skip
            try:
                yield Worker(side, process, log)
            finally:
                process.kill()
                process.communicate()


@dataclass(frozen=True)
class Subject:
    """A case that both sides have proved; ``note`` says what is unusual about it.

    ``seconds`` is what a round takes by the wall, as the first run of both sides had it.
    """

    case: Case
    hashes: dict[str, str]
    note: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class Timing:
    """One run of one side, with what it holds for."""

    case: str
    side: str
    round: int
    seconds: float
    clock: str
    customers: int
    hash: str


@dataclass
class Measured:
    """All that has been found out about one case."""

    subject: Subject
    timings: list[Timing] = field(default_factory=list)
    finding: Finding = Finding.UNDECIDED
    interval: Interval = UNKNOWN

    def per_customer(self, label: str) -> list[float]:
        """Seconds for one row of the customer table, round by round."""
        return [t.seconds / t.customers for t in self.timings if t.side == label]

    def ratios(self) -> list[float]:
        """HEAD to BASE, of the rounds that both have finished."""
        pairs = zip(self.per_customer("BASE"), self.per_customer("HEAD"), strict=False)
        return [head / base for base, head in pairs]


@dataclass
class Pair:
    """Both sides, ready to work."""

    base: Worker
    head: Worker
    hellos: dict[str, dict[str, Any]]

    @property
    def workers(self) -> tuple[Worker, Worker]:
        return self.base, self.head

    def both(self, **request: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Ask both at once: compiling and proving take no time that counts.

        Both answers are waited for, so that none is taken for that to a later question.
        """
        for worker in self.workers:
            worker.send(**request)
        try:
            base = self.base.receive()
        finally:
            head = self.head.receive()
        return base, head

    def subject(self, case: Case) -> Subject:
        """Prove a case on both sides.

        Raises
        ------
        SideError
            One side cannot live through it.
        DifferentLivesError
            They do so differently and have the same trajectory version.
        """
        base, head = self.both(ask="prepare", **self._with_files(case))
        old, new = (self.hellos[label]["trajectory_version"] for label in ("BASE", "HEAD"))
        shared = sorted(base["columns"].keys() & head["columns"].keys())
        moved = [name for name in shared if base["columns"][name] != head["columns"][name]]
        if not shared:
            raise SideError(f"the sides have no column of {case.name} in common")
        if moved and old == new:
            raise DifferentLivesError(
                f"{case.name}: the sides disagree in {', '.join(moved)} though both are of "
                f"trajectory version {old}. If numbers were meant to move, raise it."
            )
        note = f"other lives: trajectory version {old} and {new}" if moved else ""
        if base["file"] != head["file"]:
            note = "; ".join(filter(None, [note, "HEAD reads only its own scenario file"]))
        hashes = {"BASE": base["hash"], "HEAD": head["hash"]}
        return Subject(case, hashes, note, base["seconds"] + head["seconds"])

    def warm(self, subjects: Sequence[Subject]) -> None:
        """Live through cases that have been proved in another process, so that they may be timed.

        Raises
        ------
        SideError
            One side cannot any more.
        """
        for subject in subjects:
            self.both(ask="warm", **self._with_files(subject.case))

    def _with_files(self, case: Case) -> dict[str, Any]:
        files = scenario_files(self.base.side, self.head.side)[case.file]
        return {"case": case.to_dict(), "files": files}

    def fitted(self, subject: Subject, seconds: float) -> Subject:
        """Give a case that takes longer than this for a round fewer customers, on both sides.

        So a side is judged however slow it is.
        """
        case = subject.case
        if subject.seconds <= seconds or case.customers <= FEWEST:
            return subject
        few = max(FEWEST, int(case.customers * seconds / subject.seconds))
        fewer = self.subject(replace(case, customers=few))
        said = f"{few:,} customers, for {case.customers:,} take {subject.seconds:.1f} s a round"
        return replace(fewer, note="; ".join(filter(None, [fewer.note, said])))

    def round(self, subject: Subject, number: int) -> Iterator[Timing]:
        """Both sides right after one another; who begins alternates."""
        case = subject.case
        for worker in self.workers if number % 2 == 0 else self.workers[::-1]:
            found, label = worker.ask(ask="time", case=case.name), worker.side.label
            yield Timing(
                case.name, label, number, found[case.clock], case.clock,
                found["customers"], subject.hashes[label],
            )  # fmt: skip


@contextmanager
def paired(base: Side, head: Side) -> Iterator[Pair]:
    """Start both sides and let them compile side by side.

    Raises
    ------
    SideError
        A side does not start, or another cvosim than its own is found.
    """
    with ExitStack() as stack:
        workers = [stack.enter_context(started(one)) for one in (base, head)]
        pair = Pair(workers[0], workers[1], {})
        for worker, hello in zip(workers, pair.both(ask="hello"), strict=True):
            found = Path(hello["package"]).resolve().parents[1]
            if found != worker.side.folder.resolve():
                raise SideError(f"{worker.side.label} found the cvosim of {found}, not its own")
            pair.hellos[worker.side.label] = hello
        yield pair


class Rounds(Protocol):
    """What takes one round."""

    def round(self, subject: Subject, number: int) -> Iterator[Timing]: ...


class Start(Protocol):
    """Make ready for a round of these subjects."""

    def __call__(self, subjects: Sequence[Subject]) -> AbstractContextManager[Rounds]: ...


def fresh(base: Side, head: Side) -> Start:
    """New processes for every round."""

    @contextmanager
    def start(subjects: Sequence[Subject]) -> Iterator[Pair]:
        with paired(base, head) as pair:
            pair.warm(subjects)
            yield pair

    return start


def measure(
    start: Start,
    subjects: Sequence[Subject],
    rule: Rule,
    seconds: float,
    say: Callable[[str], None] = lambda text: None,
) -> list[Measured]:
    """Take rounds until every case is decided, or there are enough of them, or time is up.

    The first look, before which nothing can be said, is taken however long it lasts. Time is up
    later where the verdict of the whole is open, because no case was found to be slower: for one
    that looks so, and for all until one of them is found not to be.
    """
    found = [Measured(subject) for subject in subjects]
    began, done = time.monotonic(), 0

    def goes_on(one: Measured) -> bool:
        if one.finding is not Finding.UNDECIDED:
            return False
        ratios, known = one.ratios(), {other.finding for other in found}
        suspect = len(ratios) > 0 and statistics.median(ratios) > 1.0 + rule.limit
        pending = Finding.SLOWER not in known and (suspect or Finding.FINE not in known)
        return time.monotonic() - began < seconds * (LONGER if pending else 1.0)

    for look in rule.looks:
        first = look == rule.looks[0]
        judged = found if first else [one for one in found if goes_on(one)]
        going = judged
        if going:
            say(f"rounds {done + 1} to {look}: {', '.join(o.subject.case.name for o in going)}")
        while going and done < look:
            with start([one.subject for one in going]) as rounds:
                for one in going:
                    one.timings += rounds.round(one.subject, done)
            done += 1
            going = [one for one in going if first or goes_on(one)]
        for one in judged:
            one.finding, one.interval = rule.judge(one.ratios())
    return found
