"""A real server: people at once, people who change their minds, and how it ends."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from helpers.command_line import CommandLine, without_compilation
from helpers.what_if import State, state

from cvosim import compare, load_scenario

if TYPE_CHECKING:
    from conftest import Served


@pytest.fixture
def cli(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> CommandLine:
    monkeypatch.chdir(tmp_path)
    return CommandLine(capsys)


def lines(served: Served, asked: State) -> list[dict[str, Any]]:
    answer = httpx.post(f"{served.address}/api/compare", json=asked, timeout=60, trust_env=False)
    return [json.loads(line) for line in answer.text.splitlines()]


def test_it_says_where_it_is_in_one_line(served: Served) -> None:
    said = without_compilation("".join(served.said))
    assert said == f"The what-if page is at http://127.0.0.1:{served.port}/ (Ctrl-C ends it).\n"


def test_tabs_do_not_see_each_other(served: Served) -> None:
    prices = [9.0, 19.0, 35.0, 49.0]
    asked = [
        state(changes={"journey.tripwire.price": price}, tab=f"tab{n}", customers=3000 + n)
        for n, price in enumerate(prices)
    ]
    with ThreadPoolExecutor(len(asked)) as users:
        answers = list(users.map(lambda one: lines(served, one), asked))
    for one, price, answer in zip(asked, prices, answers, strict=True):
        assert answer[-1]["kind"] == "done"
        base = load_scenario("carpet_cleaning")
        dear = base.model_copy(update={"name": "Carpet cleaning (changed)"})
        path = f"journey.tripwire.price={price}"
        dear = load_scenario("carpet_cleaning", [f"name={dear.name}", path])
        expected = compare([base, dear], customers=one["customers"]).differences[dear.name]
        found = {row["metric"]: row["exact"]["difference"] for row in answer[0]["rows"]}
        assert found == {name: expected[name].to_dict()["difference"] for name in found}
        assert len([line for line in answer if line["kind"] == "figure"]) >= 9


def test_a_newer_turn_stops_the_older(served: Served) -> None:
    older = state(tab="same", turn=1, customers=200_000, changes={"journey.tripwire.price": 11})
    newer = state(tab="same", turn=2, customers=500)
    with ThreadPoolExecutor(1) as user:
        first = user.submit(lines, served, older)
        time.sleep(0.05)
        second = lines(served, newer)
        stopped = first.result()
    assert second[-1]["kind"] == "done"
    assert stopped[-1] == {
        "turn": 1,
        "kind": "stopped",
        "message": "A newer change took its place.",
    }
    assert len([line for line in stopped if line["kind"] == "figure"]) < 9


def asking(served: Served, asked: State) -> socket.socket:
    """A connection on which a comparison has been asked for, and nothing read yet."""
    body = json.dumps(asked)
    head = f"POST /api/compare HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n"
    line = socket.create_connection(("127.0.0.1", served.port), timeout=60)
    line.sendall(f"{head}Content-Type: application/json\r\n\r\n{body}".encode())
    return line


def test_whoever_goes_away_is_not_worked_for(served: Served) -> None:
    for _ in range(30):  # more than may wait at a time
        asking(served, state(tab="gone", customers=200_000, seed=99)).close()
    answer = lines(served, state(tab="here", customers=500))
    assert answer[-1]["kind"] == "done"


def test_whoever_hangs_up_in_the_middle_harms_nobody(served: Served) -> None:
    """Two writes to somebody who has just gone are answered by SIGPIPE, of which programs die."""
    for turn in range(1, 11):
        read = b""
        with asking(served, state(tab="hasty", turn=turn, customers=500, seed=turn)) as line:
            while read.count(b"\n{") < 1 + turn and b'"done"' not in read:
                got = line.recv(1 << 20)
                assert got
                read += got
    assert served.process.poll() is None
    assert lines(served, state(tab="patient", customers=500))[-1]["kind"] == "done"


def test_the_time_is_bounded(served: Served) -> None:
    limit = type(served)("--seconds-limit", "1", "--customers-limit", "2e6")
    try:
        busy = {"journey.repeat_purchases.frequency.alpha_days": 15}
        (*_, last) = lines(limit, state(customers=600_000, changes=busy))
        assert last["kind"] == "stopped"
        assert last["message"] == "It took too long; simulate fewer customers."
        assert lines(limit, state(customers=500))[0]["kind"] == "numbers"
    finally:
        code, err = limit.end(signal.SIGTERM)
    assert (code, err.strip()) == (143, "Terminated.")


def test_a_file_of_ones_own_and_ctrl_c(
    served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = "day,visitors\n" + "".join(f"{day},{1 + day % 7}\n" for day in range(60))
    (tmp_path / "visits.csv").write_text(counts, "utf-8")
    mine = tmp_path / "mine.yaml"
    mine.write_text(
        "extends: carpet_cleaning\nname: Mine\nchanges:\n  channels.facebook.arrivals: "
        "{kind: daily, file: visits.csv, column: visitors}\n",
        "utf-8",
    )
    monkeypatch.chdir(tmp_path)
    own = type(served)("mine.yaml", "carpet_cleaning", "--host", "localhost")
    (tmp_path / "visits.csv").unlink()  # read at the start and never again
    try:
        start = httpx.get(f"{own.address}/api/start", trust_env=False).json()
        assert (start["a"], start["b"]) == (
            {"library": "mine.yaml"},
            {"library": "carpet_cleaning"},
        )
        assert start["scenarios"][0]["name"] == "mine.yaml"
        asked = state("mine.yaml", changes={"journey.tripwire.price": 19}, customers=500)
        assert lines(own, asked)[-1]["kind"] == "done"
        asked = state("mine.yaml", changes={"channels.facebook.arrivals.column": "day"})
        (only,) = lines(own, asked)
        assert only["problems"][0]["message"] == "data files cannot be chosen on this page"
        exported = httpx.post(
            f"{own.address}/api/export/variant.yaml", json={**asked, "changes": {}}, trust_env=False
        )
        assert "Save it as variant.yaml beside mine.yaml." in exported.text
        assert "\nextends: mine.yaml\n" in exported.text.replace('"', "")
        assert str(tmp_path) not in exported.text
    finally:
        children = _children(own.process.pid)
        code, err = own.end(signal.SIGINT)
    assert (code, err.strip()) == (130, "Interrupted.")
    _wait_for_end(children)


def _children(parent: int) -> list[int]:
    """Processes that descend from one, where the system tells."""
    found, waiting = [], [parent]
    while waiting:
        children = Path(f"/proc/{waiting[0]}/task/{waiting.pop(0)}/children")
        own = [int(word) for word in children.read_text().split()] if children.exists() else []
        found += own
        waiting += own
    return found


def _wait_for_end(processes: list[int]) -> None:
    end = time.monotonic() + 10
    while any(Path(f"/proc/{one}").exists() for one in processes):
        assert time.monotonic() < end, "processes are left"
        time.sleep(0.05)


def test_a_port_in_use_is_said(cli: CommandLine, served: Served) -> None:
    words = cli.refused("app", "--port", served.port)
    assert words == (
        f"port {served.port} is in use; take another: --port {served.port + 1}, or --port 0 for any"
    )


def test_the_last_port_has_none_above(cli: CommandLine) -> None:
    with socket.socket() as taken:
        with suppress(OSError):  # then it is in use already
            taken.bind(("127.0.0.1", 65535))
            taken.listen()
        assert "--port 65534, or" in cli.refused("app", "--port", 65535)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["a", "b", "c"], "two at most"),
        (["nowhere.yaml"], "nowhere.yaml: no such file"),
        (["--host", "no such host"], "cannot listen there"),
        (["--host", ""], "must not be empty"),
        (["--port", "70000"], "70000"),
        (["--customers-limit", "5"], "1000"),
    ],
)
def test_wrong_words_are_refused(words: list[str], said: str, cli: CommandLine) -> None:
    assert said in cli.refused("app", *words)


def test_a_missing_package_is_said(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cvosim.app.server.NEEDED", ("starlette", "no_such_package"))
    assert cli.refused("app") == (
        "the what-if page needs no_such_package; install with: pip install 'cvosim[app]'"
    )


def test_other_hosts_are_warned_about(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[object, ...]] = []
    monkeypatch.setattr("cvosim.app.server.serve", lambda *words: asked.append(words))
    assert "no password" in cli("app", "--host", "0.0.0.0").err
    assert cli("app", "saas").err == ""
    assert [one[:3] for one in asked] == [((), "0.0.0.0", 8477), (("saas",), "127.0.0.1", 8477)]
    assert os.environ.get("CVOSIM_DEBUG") is None
