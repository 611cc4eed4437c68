"""The addresses of the page and what they answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict
from importlib.resources import files
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cvosim import __version__
from cvosim.app.comparing import BROKEN, Comparing, listed
from cvosim.app.exports import VARIANT, file_names, numbers_csv, report_html, variant_yaml
from cvosim.app.guard import Guard, known_hosts
from cvosim.app.limits import Limits
from cvosim.app.lines import Lines
from cvosim.app.renderers import Renderers
from cvosim.app.sources import Sources
from cvosim.app.state import RefusedError, Source, State, read_json, sources_of, state_of, turn_of
from cvosim.app.turns import GONE, StoppedError, Token, Turns
from cvosim.app.work import Work
from cvosim.errors import CvosimError, ScenarioError
from cvosim.experiment.compare import check_comparable

CUSTOMERS = (10_000, 20_000, 50_000, 100_000, 200_000)
_KINDS = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
}
FILES = {"yaml": "application/yaml", "html": "text/html", "csv": "text/csv"}


class SideError(Exception):
    """Something is wrong with the scenario of one side."""

    def __init__(self, side: str, error: CvosimError | RefusedError) -> None:
        self.side = side
        self.error = error
        super().__init__(str(error))


class Page:
    """Everything that one server holds, and its answers.

    Parameters
    ----------
    sources : Sources
        What can be asked about.
    a, b : Source
        What the page shows at first; without b, B starts from A.
    """

    def __init__(self, sources: Sources, limits: Limits, a: Source, b: Source | None) -> None:
        self.sources = sources
        self.limits = limits
        self.a, self.b = a, b
        self.work = Work(sources, limits)
        self.static = _static()
        self.listing = sources.listing()
        self.renderers = Renderers()
        self.turns = Turns(limits.waiting)
        self.comparing = Comparing(self.work, self.turns, self.renderers)

    @asynccontextmanager
    async def living(self, _: Starlette) -> AsyncIterator[None]:
        """Prepare what the first visitor needs; put everything away in the end."""
        warming = asyncio.ensure_future(self._warm())
        try:
            yield
        finally:
            warming.cancel()
            with suppress(asyncio.CancelledError):
                await warming
            self.renderers.stop()
            self.turns.stop()

    async def _warm(self) -> None:
        state = State(self.a, self.b, {}, self._usual(), None)
        token = Token(self.limits.seconds)
        with suppress(CvosimError, StoppedError, RefusedError):
            answer = await self.turns.alone(token, self.work.answer, state, token)
            await self.turns.alone(token, self.work.exhibits, answer, token)

    def _usual(self) -> int:
        """How many customers at first: as many as the scenario says, if that is not too many."""
        return min(self.sources.template(self.a).scenario.customers, self.limits.customers)

    async def index(self, request: Request) -> Response:
        """Send the page itself."""
        return self._file("index.html")

    async def asset(self, request: Request) -> Response:
        """Send one of the page's own files."""
        return self._file(request.path_params["name"])

    def _file(self, name: str) -> Response:
        if name not in self.static:
            raise HTTPException(404, "There is nothing here.")
        body, kind = self.static[name]
        return Response(body, headers={"Content-Type": kind})

    async def start(self, request: Request) -> Response:
        """Say what can be chosen, and what is shown at first."""
        counts = [n for n in CUSTOMERS if n <= self.limits.customers]
        return JSONResponse(
            {
                "scenarios": self.listing,
                "a": {"library": self.a.name},
                "b": None if self.b is None else {"library": self.b.name},
                "customers": counts or [self.limits.customers],
                "default_customers": self._usual(),
                "limits": asdict(self.limits),
                "version": __version__,
            }
        )

    async def levers(self, request: Request) -> Response:
        """List what can be changed in B."""
        a, b = sources_of(read_json(await request.body()), self.limits)
        await self._look_up(a, b)
        return JSONResponse(await asyncio.to_thread(self._levers, a, b))

    async def _look_up(self, a: Source, b: Source | None) -> None:
        """Read the scenarios, and say whose it is if one is wrong."""
        for side, source in (("a", a), ("b", b)):
            if source is not None:
                try:
                    await asyncio.to_thread(self.sources.template, source)
                except (CvosimError, RefusedError) as error:
                    raise SideError(side, error) from error

    def _token(self, request: Request, state: State) -> Token:
        peer = "" if request.client is None else request.client.host
        return Token(self.limits.seconds, self.limits.patience, peer, state.customers)

    def _levers(self, a: Source, b: Source | None) -> dict[str, Any]:
        groups = self.sources.levers(a, b)
        name_a, name_b = self.sources.names(a, b)
        first = self.sources.template(a).scenario
        second = self.sources.template(b, a).scenario if b else first
        check_comparable([first, second.model_copy(update={"name": name_b})])
        return {
            "name_a": name_a,
            "name_b": name_b,
            "currency": second.currency,
            "horizon_days": second.horizon_days,
            "seed": first.seed,
            "groups": [asdict(group) for group in groups],
        }

    async def compare(self, request: Request) -> Response:
        """Answer a change, line by line."""
        turn = turn_of(read_json(await request.body()), self.limits)
        await self._look_up(turn.state.a, turn.state.b)
        token = self._token(request, turn.state)
        return Lines(self.comparing.lines(turn, token), lambda: token.stop(GONE))

    async def variant(self, request: Request) -> Response:
        """Send B as a file."""
        state = state_of(read_json(await request.body()), self.limits)
        await self._look_up(state.a, state.b)
        name = file_names(self.work, state).variant
        return _attached(name, await asyncio.to_thread(variant_yaml, self.work, state))

    async def report(self, request: Request) -> Response:
        """Send the report."""
        return await self._made("report.html", report_html, request)

    async def numbers(self, request: Request) -> Response:
        """Send every number."""
        return await self._made("numbers.csv", numbers_csv, request)

    async def _made(
        self, name: str, make: Callable[[Work, State, Token], str], request: Request
    ) -> Response:
        state = state_of(read_json(await request.body()), self.limits)
        await self._look_up(state.a, state.b)
        token = self._token(request, state)
        with self.turns.taken(token):
            text = await self.turns.alone(token, make, self.work, state, token)
        return _attached(name, text)


def _attached(name: str, text: str) -> Response:
    kind = f"{FILES[name.rpartition('.')[2]]}; charset=utf-8"
    said = f'attachment; filename="{name}"'
    return Response(text, headers={"Content-Type": kind, "Content-Disposition": said})


def _static() -> dict[str, tuple[bytes, str]]:
    """Read the page's own files, once and for all: no request opens one."""
    folder = files("cvosim.app") / "static"
    found = {}
    for file in folder.iterdir():
        ending = f".{file.name.rpartition('.')[2]}"
        if file.is_file() and ending in _KINDS:
            found[file.name] = file.read_bytes(), _KINDS[ending]
    return found


def application(page: Page, host: str) -> Guard:
    """Put the page together with its addresses, behind the guard.

    Parameters
    ----------
    page : Page
    host : str
        Where it listens.
    """
    routes = [
        Route("/", page.index),
        Route("/static/{name}", page.asset),
        Route("/api/start", page.start),
        Route("/api/levers", page.levers, methods=["POST"]),
        Route("/api/compare", page.compare, methods=["POST"]),
        Route(f"/api/export/{VARIANT}", page.variant, methods=["POST"]),
        Route("/api/export/report.html", page.report, methods=["POST"]),
        Route("/api/export/numbers.csv", page.numbers, methods=["POST"]),
    ]
    handlers: Any = {
        RefusedError: _refused,
        CvosimError: _wrong,
        SideError: _wrong_side,
        StoppedError: _stopped,
        HTTPException: _nothing,
        Exception: _broken,
    }
    app = Starlette(routes=routes, exception_handlers=handlers, lifespan=page.living)
    return Guard(app, known_hosts(host), page.limits)


async def _refused(_: Request, error: RefusedError) -> Response:
    return JSONResponse({"error": error.words}, error.status)


async def _wrong(_: Request, error: CvosimError) -> Response:
    return JSONResponse(_explained(error), 422)


async def _wrong_side(_: Request, found: SideError) -> Response:
    error = found.error
    if isinstance(error, RefusedError):
        return JSONResponse({"error": error.words, "side": found.side}, error.status)
    return JSONResponse({**_explained(error), "side": found.side}, 422)


def _explained(error: CvosimError) -> dict[str, Any]:
    problems = listed(error.problems) if isinstance(error, ScenarioError) else []
    words = "\n".join(one["message"] for one in problems) or str(error)
    return {"error": words, "problems": problems}


async def _broken(_: Request, error: Exception) -> Response:
    # the server closes the connection, whatever it is told
    return JSONResponse({"error": BROKEN}, 500, {"Connection": "close"})


async def _stopped(_: Request, error: StoppedError) -> Response:
    return JSONResponse({"error": str(error)}, 503)


async def _nothing(_: Request, error: HTTPException) -> Response:
    words = error.detail if error.status_code == 404 else "This address takes no such request."
    return JSONResponse({"error": words}, error.status_code, error.headers)
