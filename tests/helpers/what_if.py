"""Asking the what-if page."""

from __future__ import annotations

import json
from typing import Any

State = dict[str, Any]


def state(a: str = "carpet_cleaning", b: str | None = None, **more: Any) -> State:
    """A state of the page: library names, then `changes`, `customers`, `seed`."""
    second = None if b is None else {"library": b}
    return {
        "a": {"library": a},
        "b": second,
        "changes": {},
        "customers": 2000,
        "seed": None,
        "tab": "t",
        "turn": 1,
        **more,
    }


def text_source(text: str, name: str = "mine.yaml") -> dict[str, str]:
    return {"text": text, "name": name}


class Asking:
    """Posts to the page and reads what it answers."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def post(self, address: str, body: object, **headers: str) -> Any:
        return self.client.post(address, json=body, headers=headers)

    def compare(self, asked: State) -> list[dict[str, Any]]:
        answer = self.post("/api/compare", asked)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "application/x-ndjson"
        return [json.loads(line) for line in answer.text.splitlines()]

    def numbers(self, asked: State) -> dict[str, Any]:
        """The numbers alone; whoever asks goes away before the figures come."""
        with self.client.stream("POST", "/api/compare", json=asked) as answer:
            first: dict[str, Any] = json.loads(next(answer.iter_lines()))
        assert first["kind"] == "numbers", first
        return first

    def problems(self, asked: State) -> list[dict[str, Any]]:
        (only,) = self.compare(asked)
        assert only["kind"] == "problems", only
        found: list[dict[str, Any]] = only["problems"]
        return found

    def refused(self, address: str, body: object) -> tuple[int, str]:
        answer = self.post(address, body)
        return answer.status_code, answer.json()["error"]
