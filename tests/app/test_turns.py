"""Who is served next, how long that may take, and when work ends that nobody wants any more."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from helpers.what_if import state

from cvosim import load_scenario
from cvosim.app.api import Page
from cvosim.app.limits import Limits
from cvosim.app.lines import Line, Lines
from cvosim.app.sources import Recent
from cvosim.app.state import RefusedError, state_of
from cvosim.app.turns import BUSY, GONE, LATE, NEWER, StoppedError, Token, Turns
from cvosim.experiment.illustrated import close_up
from cvosim.experiment.sides import live
from cvosim.metrics.columns import BLOCK


async def served(
    turns: Turns, users: list[tuple[str, str]], sizes: Mapping[str, int] = {}
) -> list[str]:
    """Let users come one after the other while the first is being served; give the order."""
    order: list[str] = []

    async def ask(peer: str, tab: str) -> None:
        token = Token(20, peer=peer, size=sizes.get(tab, 100))
        with turns.taken(token, tab):
            for _ in range(2):
                await turns.alone(token, work, f"{peer}{tab}")

    def work(who: str) -> None:
        time.sleep(0.01)
        order.append(who)

    await asyncio.gather(*(ask(*user) for user in users))
    return order


def test_peers_take_turns_whatever_their_tabs() -> None:
    users = [*(("a", f"{n}") for n in range(6)), ("b", "0")]
    order = asyncio.run(served(Turns(24), users))
    assert len(order) == 14
    assert [place for place, who in enumerate(order) if who == "b0"] == [1, 3]


def test_tabs_of_a_peer_take_turns() -> None:
    order = asyncio.run(served(Turns(24), [("a", f"{n}") for n in range(4)]))
    assert order == ["a0", "a1", "a2", "a3"] * 2


def test_a_small_question_does_not_wait_for_all_large_ones() -> None:
    users = [*(("a", f"{n}") for n in range(5)), ("a", "small")]
    order = asyncio.run(served(Turns(24), users, {"small": 1}))
    assert [place for place, who in enumerate(order) if who == "asmall"] == [1, 3]


def test_nobody_has_all_places() -> None:
    turns = Turns(8)
    held = [turns.taken(Token(9, peer="a"), f"{n}") for n in range(5)]
    for one in held[:4]:
        one.__enter__()
    with pytest.raises(RefusedError, match="Too many people"):
        held[4].__enter__()
    with turns.taken(Token(9, peer="b"), "0"):
        pass
    held[0].__exit__(None, None, None)
    with turns.taken(Token(9, peer="a"), "9"):
        pass


async def queued(token: Token, stop: Any = None) -> None:
    turns = Turns(8)
    first = asyncio.ensure_future(turns.alone(Token(20), time.sleep, 0.3))
    await asyncio.sleep(0)
    if stop is not None:
        asyncio.get_running_loop().call_later(0.05, stop)
    try:
        await turns.alone(token, time.sleep, 0)
    finally:
        stopped_before = not first.done()
        await first
        await turns.alone(Token(20), time.sleep, 0)  # goes on for others
        token.check() if stop is None else None
        assert stop is None or stopped_before


def test_waiting_is_not_on_the_clock() -> None:
    asyncio.run(queued(Token(0.1)))


def test_waiting_has_an_end_of_its_own() -> None:
    token = Token(20, patience=0.05)
    with pytest.raises(StoppedError, match="Others are being served; try again"):
        asyncio.run(queued(token))
    assert BUSY != LATE


def test_who_is_stopped_does_not_wait_on() -> None:
    token = Token(20)
    with pytest.raises(StoppedError, match=NEWER):
        asyncio.run(queued(token, lambda: token.stop(NEWER)))


def test_a_close_up_ends_between_blocks() -> None:
    side = live(load_scenario("cdnow"), customers=8 * BLOCK)
    token, done = Token(20), []

    def progress(count: int) -> None:
        done.append(count)
        token.stop(GONE)
        token.check()

    with pytest.raises(StoppedError):
        close_up(side, threads=1, progress=progress)
    assert len(done) < 4
    done.clear()
    close_up(side, threads=2, progress=done.append)
    assert done == [BLOCK] * 8


@pytest.mark.parametrize("baseline_first", [True, False])
def test_figures_ask_whether_they_are_wanted(
    baseline_first: bool, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = state_of(state("cdnow", customers=3000, seed=8 + baseline_first), Limits())
    token = Token(20)
    answer = page.work.answer(asked, token)
    if not baseline_first:
        answer.baseline.close_up = close_up(answer.baseline.side)
    checks: list[int] = []
    monkeypatch.setattr(Token, "check", lambda self, done=0: checks.append(done))
    page.work.closer(answer, token)
    assert checks.count(3000) == 1 + baseline_first


def test_whoever_disconnects_ends_the_answer() -> None:
    gone: list[bool] = []

    async def endless() -> AsyncIterator[Line]:
        await asyncio.sleep(30)
        yield {}

    async def receive() -> dict[str, str]:
        return {"type": "http.disconnect"}

    async def send(message: object) -> None:
        pass

    async def answered() -> None:
        lines: Any = Lines(endless(), lambda: gone.append(True))
        await asyncio.wait_for(lines({}, receive, send), 2)

    asyncio.run(answered())
    assert gone == [True]


def test_what_is_kept_is_bounded_by_weight() -> None:
    kept: Recent[str, int] = Recent(4, 10, lambda value: value)
    for name, value in {"a": 4, "b": 5, "c": 3}.items():
        kept.put(name, value)
    assert len(kept) == 2
    kept.put("huge", 11)
    assert len(kept) == 0


def test_library_scenarios_are_not_too_much() -> None:
    limits = Limits()
    for name in ("saas", "cdnow", "pizza_chain"):
        limits.check(load_scenario(name), limits.customers)
