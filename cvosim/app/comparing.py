"""The answer to a change: numbers first, then every figure as it is drawn."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Iterable
from typing import TYPE_CHECKING

from cvosim.app.limits import MOST_PROBLEMS
from cvosim.app.lines import Line
from cvosim.app.renderers import Renderers
from cvosim.app.state import RefusedError, Turn
from cvosim.app.turns import StoppedError, Token, Turns
from cvosim.app.work import Answer, Work, early_exhibits, rows_of
from cvosim.errors import CvosimError, Problem, ScenarioError

if TYPE_CHECKING:
    from cvosim.report.exhibit import Exhibit

BROKEN = "Something went wrong in the program; what is not shown could not be made."


class Comparing:
    """Answers turns, with what all of them share: the work, the order and the processes."""

    def __init__(self, work: Work, turns: Turns, renderers: Renderers) -> None:
        self.work = work
        self.turns = turns
        self.renderers = renderers

    async def lines(self, turn: Turn, token: Token) -> AsyncIterator[Line]:
        """Give what the page shall hear, ending with ``done``, ``problems`` or ``stopped``."""
        line: Line = {"kind": "stopped", "turn": turn.number}
        try:
            with self.turns.taken(token, turn.tab):
                async for line in self._answered(turn, token):
                    yield {"kind": line.pop("kind"), "turn": turn.number, **line}
            return
        except ScenarioError as error:
            last = {"kind": "problems", "problems": listed(error.problems)}
        except StoppedError as error:
            last = {"kind": "stopped", "message": str(error)}
        except RefusedError as error:
            last = {"kind": "stopped", "message": error.words}
        except CvosimError as error:
            last = {"kind": "problems", "problems": [{"path": "", "message": str(error)}]}
        except Exception:  # the answer has begun: it is too late for another status
            logging.getLogger(__name__).exception("A change could not be answered.")
            last = {"kind": "stopped", "message": BROKEN}
        yield {"turn": turn.number, **last}

    async def _answered(self, turn: Turn, token: Token) -> AsyncIterator[Line]:
        began = time.perf_counter()
        answer = await self.turns.alone(token, self.work.answer, turn.state, token)
        yield _numbers(answer)
        drawings: dict[str, asyncio.Task[str]] = {}
        try:
            token.check()
            self._draw(early_exhibits(answer), drawings)
            found = await self.turns.alone(token, self.work.exhibits, answer, token)
            self._draw(found, drawings)
            yield {"kind": "figures", "keys": [exhibit.key for exhibit in found]}
            for exhibit in found:
                html = await self.renderers.finish(drawings[exhibit.key], token)
                yield {"kind": "figure", "key": exhibit.key, "html": html}
        finally:
            for drawing in drawings.values():
                drawing.cancel()
        yield {"kind": "done", "seconds": round(time.perf_counter() - began, 4)}

    def _draw(self, exhibits: Iterable[Exhibit], drawings: dict[str, asyncio.Task[str]]) -> None:
        for exhibit in exhibits:
            if exhibit.key not in drawings:
                drawings[exhibit.key] = self.renderers.begin(exhibit)


def _numbers(answer: Answer) -> Line:
    from cvosim.report.verdict import verdict

    comparison = answer.comparison
    return {
        "kind": "numbers",
        "verdict": verdict(comparison),
        "name_a": comparison.baseline,
        "name_b": comparison.variants[0],
        "rows": list(rows_of(comparison)),
    }


def listed(problems: Iterable[Problem]) -> list[Line]:
    """Write problems, each with the path of the lever that it belongs to, and its line."""
    return [
        {"path": one.path, "message": _words(one), "line": one.line}
        for one in list(problems)[:MOST_PROBLEMS]
    ]


def _words(problem: Problem) -> str:
    """Say what is wrong; where a file's text is meant, say the line as well."""
    return str(problem) if problem.line else problem.message
