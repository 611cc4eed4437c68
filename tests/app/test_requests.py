"""What a request must be: everything else is refused in words."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from helpers.what_if import Asking, state, text_source

from cvosim import __version__
from cvosim.app.guard import HEADERS, known_hosts
from cvosim.app.limits import Limits
from cvosim.app.state import RefusedError, read_json, turn_of
from cvosim.scenario import library

POSTS = (
    "/api/levers",
    "/api/compare",
    "/api/export/variant.yaml",
    "/api/export/report.html",
    "/api/export/numbers.csv",
)


def port_of(asking: Asking) -> int:
    port = asking.client.base_url.port
    assert isinstance(port, int)
    return port


def raw(
    asking: Asking, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] = {}
) -> tuple[int, dict[str, Any], http.client.HTTPMessage]:
    """Send a request as it is: no client tidies its path up."""
    connection = http.client.HTTPConnection("127.0.0.1", port_of(asking), timeout=20)
    try:
        connection.putrequest(method, path, skip_host="Host" in headers)
        for key, value in {"Content-Length": str(len(body)), **headers}.items():
            connection.putheader(key, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        text = answer.read()
        found = json.loads(text) if text[:1] == b"{" else {}
        return answer.status, found, answer.headers
    finally:
        connection.close()


def test_the_page_and_its_files_come_whole(asking: Asking) -> None:
    index = asking.client.get("/")
    assert index.status_code == 200
    assert index.headers["content-type"] == "text/html; charset=utf-8"
    assert asking.client.get("/static/app.js").headers["content-type"].startswith("text/javascript")
    assert asking.client.get("/static/app.css").headers["content-type"].startswith("text/css")


def test_the_start_says_what_can_be_chosen(asking: Asking) -> None:
    found = asking.client.get("/api/start").json()
    assert [one["name"] for one in found["scenarios"]] == [*library()]
    assert all(one["description"] for one in found["scenarios"])
    assert (found["a"], found["b"]) == ({"library": "carpet_cleaning"}, None)
    assert found["customers"] == [10_000, 20_000, 50_000]
    assert found["default_customers"] == 50_000
    assert (found["limits"]["customers"], found["limits"]["text"]) == (50_000, 65_536)
    assert found["version"] == __version__


@pytest.mark.parametrize(
    "path",
    [
        "/static/../../etc/passwd",
        "/static/..%2f..%2fetc%2fpasswd",
        "/static/%2e%2e/api.py",
        "/static//etc/passwd",
        "/static/../api.py",
        "/static/",
        "/static",
        "/api.py",
        "/etc/passwd",
        "//etc/passwd",
        "/static/index.html%00",
        "/static/__init__.py",
    ],
)
def test_no_other_file_is_served(path: str, asking: Asking) -> None:
    status, found, headers = raw(asking, "GET", path)
    assert status == 404
    assert list(found) == ["error"]
    assert headers["Content-Security-Policy"] == HEADERS["Content-Security-Policy"]


def test_every_answer_carries_the_headers(asking: Asking) -> None:
    answers = [
        asking.client.get("/"),
        asking.client.get("/static/app.js"),
        asking.client.get("/api/start"),
        asking.client.get("/nothing"),
        asking.client.get("/api/compare"),
        asking.post("/api/levers", {"a": {"library": "saas"}}),
        asking.post("/api/levers", {}),
        asking.post("/api/compare", state(customers=100)),
        asking.post("/api/export/variant.yaml", state()),
        asking.client.get("/", headers={"Host": "example.org"}),
    ]
    for answer in answers:
        for key, value in HEADERS.items():
            assert answer.headers.get_list(key) == [value], answer.url
        assert not {"server", "access-control-allow-origin"} & set(answer.headers)
    assert [one.status_code for one in answers] == [
        200,
        200,
        200,
        404,
        405,
        200,
        400,
        200,
        200,
        400,
    ]


@pytest.mark.parametrize("host", ["example.org", "127.0.0.1.example.org:80", "", "10.0.0.1"])
def test_other_hosts_are_refused(host: str, asking: Asking) -> None:
    status, found, _ = raw(asking, "GET", "/api/start", headers={"Host": host})
    assert (status, found["error"]) == (400, "This page is not known by that host's name.")


def test_hosts_by_where_it_listens() -> None:
    everywhere, there = known_hosts("0.0.0.0"), known_hosts("192.0.2.7")
    assert everywhere("192.0.2.7")
    assert everywhere("[2001:db8::1]")
    assert not everywhere("example.org")
    assert there("192.0.2.7")
    assert there("localhost")
    assert not there("192.0.2.8")


@pytest.mark.parametrize("address", POSTS)
def test_other_origins_are_refused(address: str, asking: Asking) -> None:
    own = f"http://127.0.0.1:{port_of(asking)}"
    assert asking.post(address, state(customers=50), Origin=own).status_code == 200
    for origin in ("null", "http://127.0.0.1", "http://example.org", f"{own}.example.org"):
        answer = asking.post(address, state(), Origin=origin)
        assert (answer.status_code, list(answer.json())) == (403, ["error"])


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_only_json_is_taken(kind: str, asking: Asking) -> None:
    body = json.dumps(state()).encode()
    status, found, _ = raw(asking, "POST", "/api/compare", body, {"Content-Type": kind})
    assert (status, found["error"]) == (415, "The request must be application/json.")


def test_large_bodies_are_refused_however_they_come(
    asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cvosim.app.guard._MANNERS", 0.05)
    json_ = {"Content-Type": "application/json"}
    huge = {**json_, "Content-Length": "99999999999999"}
    for headers, body in ((huge, b"never more than this"), (json_, b"x" * (256 * 1024 + 1))):
        status, found, _ = raw(asking, "POST", "/api/levers", body, headers)
        assert (status, found["error"]) == (413, "The request is larger than 256 KiB.")

    def pieces() -> Any:
        yield from (b"x" * 65_536 for _ in range(5))

    answer = asking.client.post("/api/levers", content=pieces(), headers=json_)
    assert answer.status_code == 413


GOOD = state()
BAD: dict[str, tuple[object, int, str]] = {
    "no JSON": (b"{", 400, "no JSON"),
    "not a number": (b'{"customers": NaN}', 400, "no JSON"),
    "a list": (b"[]", 400, "JSON object"),
    "very deep": (b"[" * 100_000, 400, "no JSON"),
    "an endless number": (b'{"customers": ' + b"9" * 10_000 + b"}", 400, "no JSON"),
    "no tab": ({**GOOD, "tab": ""}, 400, "tab"),
    "no turn": ({**GOOD, "turn": -1}, 400, "turn"),
    "no source": ({**GOOD, "a": None}, 400, "a: must be"),
    "no text": ({**GOOD, "b": {"text": 5, "name": "x"}}, 400, "b: must be"),
    "too many": ({**GOOD, "customers": 200_001}, 400, "from 1 to 200,000"),
    "nobody": ({**GOOD, "customers": 0}, 400, "customers"),
    "half a customer": ({**GOOD, "customers": 1.5}, 400, "customers"),
    "yes": ({**GOOD, "customers": True}, 400, "customers"),
    "a seed": ({**GOOD, "seed": -1}, 400, "seed"),
    "no changes": ({**GOOD, "changes": []}, 400, "changes"),
    "a section": ({**GOOD, "changes": {"journey.tripwire": {"price": 5}}}, 400, "number, a word"),
    "a long number": ({**GOOD, "changes": {"a.b": 10**30}}, 400, "number, a word"),
    "no path": ({**GOOD, "changes": {"": 5}}, 400, "a path"),
    "a path of a file": ({**GOOD, "changes": {"../a.b": 5}}, 400, "a path"),
    "a long path": ({**GOOD, "changes": {"a." * 200 + "a": 5}}, 400, "a path"),
    "many changes": ({**GOOD, "changes": {f"a.b{n}": 1 for n in range(501)}}, 413, "at most 500"),
    "a long text": ({**GOOD, "a": text_source("#" * 65_537)}, 413, "64 KiB"),
    "no Unicode": ({**GOOD, "a": text_source("\ud800")}, 400, "Unicode"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_turn_is_refused(name: str) -> None:
    body, status, words = BAD[name]
    whole = body if isinstance(body, bytes) else json.dumps(body).encode()
    with pytest.raises(RefusedError) as refused:
        turn_of(read_json(whole), Limits())
    assert refused.value.status == status
    assert words in refused.value.words


@pytest.mark.parametrize(
    "name", ["nowhere", "../carpet_cleaning", "/etc/passwd", "carpet_cleaning.yaml", "schema.json"]
)
def test_scenarios_are_found_by_name_alone(name: str, asking: Asking) -> None:
    for address in POSTS:
        status, words = asking.refused(address, state(name))
        assert (status, words) == (422, f'there is no scenario "{name}" here')


def test_an_upload_is_told_its_lines(asking: Asking) -> None:
    text = "extends: carpet_cleaning\nname: M\nchanges:\n  journey.tripwire.price: -3\n"
    answer = asking.post(
        "/api/levers", {"a": text_source(text, "C:\\my plans\\a;b.yml"), "b": None}
    )
    assert answer.status_code == 422
    assert answer.json()["error"] == (
        "a;b.yml:4:27: journey.tripwire.price: must be at least 0 (got -3)"
    )
    assert asking.refused("/api/compare", {**state(), "a": text_source(text)})[0] == 422


def test_levers_know_both_sides(asking: Asking) -> None:
    asked = {"a": {"library": "carpet_cleaning_no_tripwire"}, "b": {"library": "carpet_cleaning"}}
    found = asking.post("/api/levers", asked).json()
    levers = {one["path"]: one for group in found["groups"] for one in group["levers"]}
    assert found["name_b"] == "Carpet cleaning"
    assert (found["currency"], found["horizon_days"], found["seed"]) == ("USD", 730.0, 7)
    assert levers["journey.tripwire.price"]["base"] is None
    assert levers["journey.core_offer.price"]["base"] == 249.0
    assert set(levers["journey.tripwire.price"]) == {
        "path", "label", "help", "unit", "kind", "value", "base", "low", "high", "least", "most",
        "step", "choices", "siblings",
    }  # fmt: skip


def test_slow_requests_are_given_up(asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cvosim.app.guard.PATIENCE", 0.05)
    headers = {"Content-Type": "application/json", "Content-Length": "9"}
    status, found, _ = raw(asking, "POST", "/api/levers", b"{", headers)
    assert (status, found["error"]) == (408, "The request took too long to arrive.")


def test_a_wrong_method_is_refused(asking: Asking) -> None:
    for address in POSTS:
        assert asking.client.get(address).status_code == 405
    assert isinstance(asking.client, httpx.Client)
    assert asking.client.post("/", json={}).status_code == 405
