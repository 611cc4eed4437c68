"""One page for all tests, asked without a network, and one real server."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from threading import Thread

import pytest

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")
pytest.importorskip("httpx")

import httpx
from helpers.what_if import Asking

from cvosim.app.api import Page, application
from cvosim.app.limits import Limits
from cvosim.app.server import address, listening, server_of
from cvosim.app.sources import Sources
from cvosim.app.state import Source

HOST = "127.0.0.1"


@pytest.fixture(scope="session")
def page() -> Page:
    limits = Limits(customers=50_000)
    return Page(Sources({}, limits), limits, Source("carpet_cleaning"), None)


@pytest.fixture(scope="session")
def asking(page: Page) -> Iterator[Asking]:
    """Ask the page over HTTP; the server is a thread of this process."""
    with listening(HOST, 0) as own:
        server = server_of(application(page, HOST))
        thread = Thread(target=server.run, kwargs={"sockets": [own]})
        thread.start()
        try:
            base = address(HOST, own.getsockname()[1])
            with httpx.Client(base_url=base, timeout=60, trust_env=False) as client:
                yield Asking(client)
        finally:
            server.should_exit = True
            thread.join()


class Served:
    """A server in a process of its own."""

    def __init__(self, *words: str) -> None:
        program = "import sys; from cvosim.cli import main; main(sys.argv[1:])"
        self.process = subprocess.Popen(
            [sys.executable, "-c", program, "app", "--port", "0", *words],
            stderr=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "CVOSIM_DEBUG": "1"},
            preexec_fn=_like_a_terminal,  # noqa: PLW1509  the child does nothing else
        )
        self.said: list[str] = []
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.said.append(line)
            if found := re.search(r"http:\S+", line):
                self.address = found.group().rstrip("/")
                self.port = int(self.address.rpartition(":")[2])
                return
        raise AssertionError(f"it did not start: {self.said}")

    def end(self, number: signal.Signals) -> tuple[int, str]:
        """Stop it; give its exit code and what it said last."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=30)
        assert out == ""
        return self.process.returncode, err


def _like_a_terminal() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def served() -> Iterator[Served]:
    server = Served("--customers-limit", "200000", "--seconds-limit", "30")
    yield server
    if server.process.poll() is None:
        server.end(signal.SIGTERM)
