"""Connections that say nothing, and answers when something in the program breaks."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import httpx
import pytest
from helpers.what_if import Asking, state

from cvosim.app import render_job
from cvosim.app.api import Page
from cvosim.app.guard import HEADERS
from cvosim.app.renderers import Renderers
from cvosim.app.turns import LATE, StoppedError, Token
from cvosim.report.exhibit import Exhibit
from cvosim.report.figures import Funnel, FunnelBar, funnel
from cvosim.report.tables import Table

if TYPE_CHECKING:
    pass


def port_of(asking: Asking) -> int:
    return int(asking.client.base_url.port)


def test_many_idle_connections_stop_nobody(asking: Asking) -> None:
    with ExitStack() as idle:
        for _ in range(150):
            idle.enter_context(socket.create_connection(("127.0.0.1", port_of(asking))))
        time.sleep(0.1)
        base = str(asking.client.base_url)
        assert httpx.get(f"{base.rstrip('/')}/api/start", trust_env=False).status_code == 200


@pytest.mark.parametrize("beginning", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n"])
def test_silent_connections_are_closed(
    beginning: bytes, asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cvosim.app.protocol.SILENCE", 0.2)
    with socket.create_connection(("127.0.0.1", port_of(asking)), timeout=4) as line:
        line.sendall(beginning)
        assert ended(line)


def test_silence_after_an_answer_is_ended_too(
    asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cvosim.app.protocol.SILENCE", 0.2)
    with socket.create_connection(("127.0.0.1", port_of(asking)), timeout=4) as line:
        line.sendall(b"GET /api/start HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nG")
        assert ended(line)


def ended(line: socket.socket) -> bool:
    try:
        while line.recv(65536):
            pass
    except ConnectionResetError:
        pass
    return True


def test_connections_are_counted(asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cvosim.app.protocol.MOST", 0)
    with socket.create_connection(("127.0.0.1", port_of(asking)), timeout=4) as line:
        assert ended(line)


def test_what_breaks_is_said_with_all_headers(
    page: Page, asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("broken")

    monkeypatch.setattr(page.sources, "levers", broken)
    answer = asking.post("/api/levers", {"a": {"library": "saas"}})
    assert answer.status_code == 500
    assert "Something went wrong" in answer.json()["error"]
    for key, value in HEADERS.items():
        assert answer.headers.get_list(key) == [value]


def test_a_drawing_that_fails_ends_the_answer_in_words(
    page: Page, asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> str:
        raise ValueError("no ink")

    monkeypatch.setattr(page.renderers, "finish", broken)
    last = asking.compare(state(customers=500))[-1]
    assert last["kind"] == "stopped"
    assert "Something went wrong" in last["message"]


def an_exhibit() -> Exhibit:
    bars = FunnelBar(9, None), FunnelBar(3, 0.3)
    data = Funnel(("A",), ("prospects", "buyers"), (bars,))
    table = Table(("step", "A"), (("prospects", 9),), (("prospects", "9"),))
    return Exhibit("one", "One", "Nothing to see.", funnel, data, table)


@pytest.fixture
def renderers() -> Iterator[Renderers]:
    found = Renderers()
    yield found
    found.stop()


def processes(renderers: Renderers) -> list[int]:
    return [child.pid for child in (renderers._pool._processes or {}).values() if child.pid]


def test_killed_processes_are_replaced_even_after_cancelled_drawings(
    renderers: Renderers, capfd: pytest.CaptureFixture[str]
) -> None:
    async def drawn() -> list[str]:
        exhibit, token = an_exhibit(), Token(30)
        await renderers.finish(renderers.begin(exhibit), token)
        for child in processes(renderers):
            os.kill(child, signal.SIGSTOP)
        drawings = [renderers.begin(exhibit) for _ in range(8)]
        await asyncio.sleep(0.05)
        for drawing in drawings[1:7]:
            drawing.cancel()
        await asyncio.sleep(0.05)
        for child in processes(renderers):
            os.kill(child, signal.SIGKILL)
        return [await renderers.finish(drawings[n], token) for n in (0, 7)]

    first, last = asyncio.run(drawn())
    assert first == last == render_job.rendered(an_exhibit())
    assert "Traceback" not in capfd.readouterr().err


def test_a_process_that_hangs_is_replaced(
    renderers: Renderers, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def drawn() -> str:
        exhibit = an_exhibit()
        await renderers.finish(renderers.begin(exhibit), Token(30))
        for child in processes(renderers):
            os.kill(child, signal.SIGSTOP)
        drawing = renderers.begin(exhibit)
        with pytest.raises(StoppedError, match=LATE):
            await renderers.finish(drawing, Token(0.1))
        return await renderers.finish(drawing, Token(30))

    real = asyncio.wait
    waits: list[float | None] = []

    async def impatient(tasks: object, timeout: float | None = None) -> object:
        if timeout == 10.0:
            waits.append(timeout)
            timeout = 0.5 if len(waits) == 2 else 20.0
        return await real(tasks, timeout=timeout)  # type: ignore[type-var]

    monkeypatch.setattr("cvosim.app.renderers.asyncio.wait", impatient)
    assert asyncio.run(drawn()).startswith("<figure")
    assert len(waits) == 3
