"""Worker processes: they die, are killed, are interrupted, and never outlive their parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from helpers.worker_jobs import deadly_once, deadly_three, nap, square, square_and_pid

from cvosim.experiment.executors import Lost, workers

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals")

PATIENCE = 120.0
HELPERS = Path(__file__).parents[2]

SCRIPT = """
import signal
import sys
from pathlib import Path
from helpers.worker_jobs import nap
from cvosim.experiment.executors import workers

def main():
    # as in a terminal: what a shell script starts in the background ignores Ctrl-C
    signal.signal(signal.SIGINT, signal.default_int_handler)
    seconds, folder = float(sys.argv[1]), Path(sys.argv[2])
    with workers("processes:2") as crew:
        folder.parent.joinpath("entered").touch()
        for job, pid in crew.run(nap, [(seconds, folder)] * 10000):
            pass

if __name__ == "__main__":
    main()
"""


def alive(pid: int) -> bool:
    """Does it run, zombies aside?"""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    try:
        return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


@contextmanager
def script(
    seconds: float, folder: Path, *, busy: bool = True
) -> Iterator[tuple[subprocess.Popen[str], set[int]]]:
    """A program that has two workers, busy or just beginning, as a terminal would start it."""
    file = folder.parent / "script.py"
    file.write_text(SCRIPT)
    process = subprocess.Popen(
        [sys.executable, str(file), str(seconds), str(folder)],
        env={**os.environ, "PYTHONPATH": str(HELPERS)},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # a process group of its own, which Ctrl-C goes to as a whole
    )
    try:
        entered = folder.parent / "entered"
        wait_until(lambda: entered.exists() or process.poll() is not None)
        while busy and len(list(folder.iterdir())) < 2 and process.poll() is None:
            time.sleep(0.02)
        yield process, {int(path.name) for path in folder.iterdir()}
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "pids"
    made.mkdir()
    return made


def test_a_killed_worker_is_replaced_and_nothing_lost() -> None:
    found, pids = [], []
    with workers("processes:2") as crew:
        for _, result in crew.run(square_and_pid, range(60)):
            assert not isinstance(result, Lost)
            found.append(result[0])
            pids.append(result[1])
            if len(found) in (10, 30):
                os.kill(pids[-1], signal.SIGKILL)
    assert sorted(found) == [number * number for number in range(60)]
    assert len(set(pids)) >= 3
    wait_until(lambda: not any(alive(pid) for pid in pids))


def test_only_the_job_that_ends_its_workers_is_lost() -> None:
    with workers("processes:2") as crew:
        found = dict(crew.run(deadly_three, range(12)))
        assert found.pop(3) == Lost()
        assert found == {number: number * number for number in range(12) if number != 3}
        assert list(crew.run(square, [5])) == [(5, 25)]


def test_a_job_that_was_unlucky_once_is_done(tmp_path: Path) -> None:
    with workers("processes:2") as crew:
        jobs = [(number, tmp_path) for number in range(8)]
        found = dict(crew.run(deadly_once, jobs))
    assert found == {job: job[0] ** 2 for job in jobs}


def test_workers_that_are_not_needed_are_ended_with_their_jobs(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cvosim.experiment.executors.processes.GRACE", 0.2)
    with workers("processes:2") as crew:
        run = crew.run(nap, [(0.0, folder), *[(600.0, folder)] * 5])
        _, pid = next(run)
        run.close()
    wait_until(lambda: not any(alive(int(path.name)) for path in folder.iterdir()))
    assert not alive(pid)


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_no_worker_outlives_its_parent(end: signal.Signals, folder: Path) -> None:
    with script(600.0, folder) as (parent, pids):
        assert len(pids) == 2
        parent.send_signal(end)
        parent.wait(PATIENCE)
        wait_until(lambda: not any(alive(pid) for pid in pids))
        wait_until(lambda: not _group_lives(parent.pid))


@pytest.mark.parametrize("busy", [False, True])
def test_an_interrupt_is_the_parents_alone(busy: bool, folder: Path) -> None:
    with script(0.05, folder, busy=busy) as (parent, pids):
        os.killpg(parent.pid, signal.SIGINT)
        _, err = parent.communicate(timeout=PATIENCE)
        assert parent.returncode == -signal.SIGINT
        assert err.count("Traceback") == 1  # of the parent, whose script does not catch it
        assert err.strip().endswith("KeyboardInterrupt")
        wait_until(lambda: not any(alive(pid) for pid in pids))
        wait_until(lambda: not _group_lives(parent.pid))


def test_a_second_interrupt_ends_what_is_under_way(folder: Path) -> None:
    with script(600.0, folder) as (parent, pids):
        os.killpg(parent.pid, signal.SIGINT)
        time.sleep(0.3)
        if parent.poll() is None:
            os.killpg(parent.pid, signal.SIGINT)
        parent.communicate(timeout=PATIENCE)
        wait_until(lambda: not any(alive(pid) for pid in pids))
        wait_until(lambda: not _group_lives(parent.pid))


def test_a_script_without_a_guard_is_told(tmp_path: Path) -> None:
    file = tmp_path / "naked.py"
    file.write_text(
        "from cvosim.experiment.executors import workers\n"
        "with workers('processes:1') as crew:\n"
        "    print(list(crew.run(abs, range(4))))\n"
    )
    ended = subprocess.run(
        [sys.executable, str(file)], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert ended.returncode == 1
    assert 'put the call under `if __name__ == "__main__":`' in ended.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="counts threads in /proc")
def test_the_process_that_is_forked_has_one_thread_and_the_kernel(folder: Path) -> None:
    with script(600.0, folder) as (_, pids):
        parents = {int(_stat(pid)[1]) for pid in pids}
        assert len(parents) == 1
        forked_from = parents.pop()
        assert len(list(Path(f"/proc/{forked_from}/task").iterdir())) == 1
        maps = Path(f"/proc/{forked_from}/maps").read_text()
        assert "llvmlite" in maps
        assert "pyarrow" not in maps


def _stat(pid: int) -> list[str]:
    """From the state on: state, parent, process group, ..."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    if not Path("/proc").exists():
        return True
    members = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                stat = _stat(int(entry.name))
            except OSError:
                continue
            if int(stat[2]) == group and stat[0] != "Z":
                members.append(entry.name)
    return bool(members)
