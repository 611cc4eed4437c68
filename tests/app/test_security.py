"""What strangers could try: every address and every refusal is marked, every upload is bounded."""

from __future__ import annotations

import json
import socket
import time
from pathlib import Path
from typing import Any

import pytest
from helpers.what_if import Asking, state, text_source
from starlette.applications import Starlette
from starlette.routing import Route

from cvosim.app.api import Page, application
from cvosim.app.guard import HEADERS
from cvosim.app.limits import Limits
from cvosim.app.turns import StoppedError
from cvosim.scenario import load_scenario

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")
JSON = {"Content-Type": "application/json"}


def addresses(page: Page) -> list[str]:
    """Every address of the page, as the application itself lists them, and some of none."""
    app = application(page, "127.0.0.1").app
    assert isinstance(app, Starlette)
    own = [route.path for route in app.routes if isinstance(route, Route)]
    assert len(own) == len(app.routes) >= 8
    return [path.replace("{name}", "app.js") for path in own] + [
        "/static/", "/static/nothing.js", "/static/..%2f..%2fapi.py", "/api", "/favicon.ico",
        "/.git/config", "/%00", "//example.org/",
    ]  # fmt: skip


def assert_marked(answer: Any) -> None:
    for key, value in HEADERS.items():
        assert answer.headers.get_list(key) == [value], (answer.url, answer.status_code, key)
    assert not {"server", "x-powered-by", "access-control-allow-origin", "set-cookie"} & set(
        answer.headers
    )


def test_every_address_is_marked_whatever_it_answers(page: Page, asking: Asking) -> None:
    seen = set()
    bodies = [None, b"{", b"[]", json.dumps(state(customers=50)).encode()]
    for path in addresses(page):
        for method in METHODS:
            sent = bodies if method == "POST" else [None]
            for body in sent:
                answer = asking.client.request(method, path, content=body, headers=JSON)
                assert_marked(answer)
                seen.add(answer.status_code)
    assert seen == {200, 400, 404, 405}


def test_what_the_headers_say() -> None:
    policy = dict(part.split(" ", 1) for part in HEADERS["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert "unsafe-eval" not in HEADERS["Content-Security-Policy"]
    assert HEADERS["X-Content-Type-Options"] == "nosniff"
    assert HEADERS["Referrer-Policy"] == "no-referrer"


def test_every_refusal_is_marked(
    page: Page, asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object) -> None:
        raise StoppedError("Too many ask at once.")

    def broken(*_: object) -> None:
        raise RuntimeError("broken")

    good = {"a": {"library": "saas"}}
    answers = [
        asking.client.get("/", headers={"Host": "example.org"}),
        asking.post("/api/levers", good, Origin="http://example.org"),
        asking.client.post("/api/levers", content=b"x" * 300_000, headers=JSON),
        asking.client.post("/api/levers", content=b"{}", headers={"Content-Type": "text/plain"}),
        asking.post("/api/levers", {"a": {"library": "nowhere"}}),
    ]
    for found in (stopped, broken):
        with monkeypatch.context() as patch:
            patch.setattr(page.sources, "levers", found)
            answers.append(asking.post("/api/levers", good))
    assert [one.status_code for one in answers] == [400, 403, 413, 415, 422, 503, 500]
    for one in answers:
        assert_marked(one)
        assert next(iter(one.json())) == "error"
        assert "Traceback" not in one.text


@pytest.mark.parametrize(
    "said",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET /\x00 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: example.org\r\n\r\n",
        b"POST /api/levers HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 200_000 + b"\r\n\r\n",
    ],
    ids=["TLS", "no host", "a zero", "two hosts", "less than nothing", "long headers"],
)
def test_what_is_no_http_is_refused_and_marked(said: bytes, asking: Asking) -> None:
    port = asking.client.base_url.port
    assert isinstance(port, int)
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall(said)
        heard = b""
        try:
            while part := line.recv(65536):
                heard += part
        except ConnectionResetError:  # it was still being spoken to
            pass
    if heard or len(said) < 65536:
        assert heard.startswith(b"HTTP/1.1 400 ")
        for key, value in HEADERS.items():
            assert (
                heard.count(f"{key}: {value}\r\n".lower().encode())
                + heard.count(f"{key}: {value}\r\n".encode())
                == 1
            )
        assert json.loads(heard.partition(b"\r\n\r\n")[2])["error"]


# --------------------------------------------------------------------------- uploads

SECONDS = 5.0
"""Generous: each of these is refused in milliseconds where nothing else runs."""
NESTED = {
    "lists": "name: x\njourney: " + "[" * 20_000,
    "closed lists": "name: x\njourney: " + "[" * 5_000 + "]" * 5_000,
    "mappings": "name: x\njourney: " + "{a: " * 15_000,
    "blocks": "\n".join(" " * n + "a:" for n in range(330)),
    "aliases": "name: x\na0: &a0 "
    + "[" * 45
    + "1"
    + "]" * 45
    + "\n"
    + "".join(f"a{n}: &a{n} {'[' * 45}*a{n - 1}{']' * 45}\n" for n in range(1, 40)),
    "laughs": "a0: &a0 [x, x]\n"
    + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40)),
    "merges": "a0: &a0 {x: 1}\n"
    + "".join(f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}\n" for n in range(1, 40)),
    "itself": "a: &a [*a]\n",
    "a long number": "name: x\nseed: " + "9" * 60_000,
    "a long key": "? " + "k" * 60_000 + "\n: 1\n",
    "many keys": "".join(f"k{n}: 1\n" for n in range(7_000)),
    "many documents": "---\na: 1\n" * 6_000,
    "a tag": "name: !!python/object/apply:os.system ['true']\n",
    "zeros": "\x00" * 20_000,
    "endless": "extends: mine.yaml\nname: x\n",
}


@pytest.mark.parametrize("name", NESTED)
def test_uploads_are_bounded_in_nesting_and_time(name: str, asking: Asking) -> None:
    started = time.process_time()
    answer = asking.post("/api/levers", {"a": text_source(NESTED[name]), "b": None})
    assert time.process_time() - started < SECONDS
    assert answer.status_code == 422
    assert_marked(answer)
    assert 0 < len(answer.content) < 4 * 65_536, "it may be quoted in the answer, twice"


def test_uploads_are_bounded_in_bytes(asking: Asking) -> None:
    limits = Limits()
    comment = "# é\n" * (limits.text // 5 - 20)
    text = f"extends: carpet_cleaning\nname: Mine\n{comment}"
    assert len(text.encode()) <= limits.text
    fine = {"a": text_source(text), "b": None}
    assert asking.post("/api/levers", fine).status_code == 200
    long = {"a": text_source(text + "#" * 20_000), "b": None}
    answer = asking.post("/api/levers", long)
    assert (answer.status_code, answer.json()["error"]) == (
        413,
        "a: the file is larger than 64 KiB",
    )
    assert_marked(answer)


NO_BASE = "is not in the library, and no other file is read here; the library has: "
NO_DATA = "a scenario given as text cannot name a data file"
DAILY = "{{kind: daily, file: {}, column: visitors}}"


@pytest.mark.parametrize("name", ["secret.{}", "../secret.{}", "{{}}/secret.{}"])
def test_uploads_read_no_other_file(
    name: str, asking: Asking, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sound files lie there, which would be taken if they were read."""
    folder = tmp_path / "folder"
    folder.mkdir()
    monkeypatch.chdir(folder)
    base = "extends: carpet_cleaning\nname: hunter2\nchanges: {journey.tripwire.price: 7}\n"
    for where in (tmp_path, folder):
        (where / "secret.yaml").write_text(base, "utf-8")
        (where / "secret.csv").write_text("visitors\n1\n2\n", "utf-8")
    base, data = (name.format(end).format(tmp_path.as_posix()) for end in ("yaml", "csv"))
    assert load_scenario(base).name == "hunter2"
    changes = f"changes: {{channels.facebook.arrivals: {DAILY.format(data)}}}"
    for text, words in (
        (f"extends: {base}\n", NO_BASE),
        (f"extends: carpet_cleaning\n{changes}\n", NO_DATA),
    ):
        answer = asking.post("/api/levers", {"a": text_source(f"{text}name: x\n"), "b": None})
        assert answer.status_code == 422
        assert words in answer.text
        assert "hunter2" not in answer.text
