"""Answers that come line by line, each as soon as it is known."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

Line = dict[str, Any]


class Lines(Response):
    """JSON objects, one a line; ends early when nobody listens any more.

    Parameters
    ----------
    lines : async iterator of dict
        What to send.
    gone : callable
        Called when it is over, whichever way.
    """

    media_type = "application/x-ndjson"

    def __init__(self, lines: AsyncIterator[Line], gone: Callable[[], None]) -> None:
        super().__init__()
        del self.headers["content-length"]
        self.lines = lines
        self.gone = gone

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the lines while somebody listens."""
        sending = asyncio.ensure_future(self._send(send))
        listening = asyncio.ensure_future(_disconnected(receive))
        try:
            await asyncio.wait({sending, listening}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.gone()
            finished = sending.done()
            for task in (sending, listening):
                task.cancel()
            await asyncio.gather(sending, listening, return_exceptions=True)
        if finished:
            sending.result()

    async def _send(self, send: Send) -> None:
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        await send(start)
        async for line in self.lines:
            text = json.dumps(line, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
            body = {"type": "http.response.body", "more_body": True}
            await send({**body, "body": text.encode() + b"\n"})
        await send({"type": "http.response.body", "body": b""})


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
