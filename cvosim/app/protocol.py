"""Connections: how many there may be, and how long one may keep silent."""

from __future__ import annotations

import asyncio
import json
from asyncio import BaseTransport, Transport
from typing import cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from cvosim.app.guard import HEADERS

SILENCE = 10.0
"""Seconds for the headers of a request to arrive."""
MOST = 800
"""Connections; a process may usually open 1024 files."""


class Connection(H11Protocol):
    """One connection, closed when it asks nothing whole for long."""

    _silent: asyncio.TimerHandle | None = None

    def connection_made(self, transport: BaseTransport) -> None:
        """Begin; close what would be one too many."""
        super().connection_made(cast("Transport", transport))
        if len(self.connections) > MOST:
            self.transport.abort()
        else:
            self._listen()

    def data_received(self, data: bytes) -> None:
        """Read on; the clock runs until the headers are whole, however slowly they come."""
        super().data_received(data)
        self._listen()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP, with the headers that all other answers have."""
        headers = [*HEADERS.items(), ("Content-Type", "application/json"), ("Connection", "close")]
        body = json.dumps({"error": msg}).encode()
        response = h11.Response(status_code=400, headers=headers, reason=b"Bad Request")
        for event in (response, h11.Data(data=body), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def on_response_complete(self) -> None:
        """Wait for the next request, part of which may be there already."""
        super().on_response_complete()
        self._listen()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._stop()
        super().connection_lost(exc)

    def _listen(self) -> None:
        cycle = cast("RequestResponseCycle | None", self.cycle)
        if cycle is not None and not cycle.response_complete:
            self._stop()
        elif self._silent is None:
            self._silent = self.loop.call_later(SILENCE, self.transport.abort)

    def _stop(self) -> None:
        if self._silent is not None:
            self._silent.cancel()
            self._silent = None
