"""What every request must be, and what every answer says about itself."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import platform
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from cvosim.app.limits import Limits
from cvosim.app.state import RefusedError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

PATIENCE = 10.0
"""Seconds for a request to arrive whole."""
_MANNERS = 2.0
"""Seconds for the rest of a request that is refused."""
_RATHER_LONG = 4 * 1024 * 1024
"""Bytes of it."""

HEADERS = {
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "style-src-attr 'unsafe-inline'",
            "img-src 'self' data:",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_HEADERS = [(key.lower().encode(), value.encode()) for key, value in HEADERS.items()]
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def known_hosts(host: str) -> Callable[[str], bool]:
    """Tell by which names the page may be asked for, where it listens at ``host``.

    A page of somebody else's, whose name is made to lead here, is not let in (DNS rebinding).

    Examples
    --------
    >>> known = known_hosts("127.0.0.1")
    >>> known("localhost"), known("[::1]"), known("example.org")
    (True, True, False)
    """
    own = LOOPBACK | {host.lower()}
    if host not in ("0.0.0.0", "::"):
        return lambda name: name.strip("[]").lower() in own
    own |= {platform.node().lower()}

    def known(name: str) -> bool:
        bare = name.strip("[]").lower()
        return bare in own or _is_address(bare)

    return known


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


class Guard:
    """Lets in what may come in, as a whole, and marks what goes out.

    Parameters
    ----------
    app : ASGI application
        Behind it.
    known : callable
        From `known_hosts`.
    """

    def __init__(self, app: ASGIApp, known: Callable[[str], bool], limits: Limits) -> None:
        self.app = app
        self.known = known
        self.limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), *_HEADERS]}
            await send(message)

        try:
            await self._check(scope, receive)
            whole = await self._whole(receive) if scope["method"] == "POST" else None
        except RefusedError as error:
            await _refuse(marked, error)
            return
        await self.app(scope, receive if whole is None else _again(whole, receive), marked)

    async def _check(self, scope: Scope, receive: Receive) -> None:
        try:
            self._check_headers(scope)
        except RefusedError:
            await self._let_finish(receive)
            raise

    def _check_headers(self, scope: Scope) -> None:
        headers = {
            key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]
        }
        host = headers.get("host", "")
        if not self.known(_name_of(host)):
            raise RefusedError(400, "This page is not known by that host's name.")
        origin = headers.get("origin")
        if origin is not None and origin.lower() not in _origins(host.lower()):
            raise RefusedError(403, "This page takes requests from itself only.")
        if scope["method"] == "POST":
            kind = headers.get("content-type", "").partition(";")[0].strip().lower()
            if kind != "application/json":
                raise RefusedError(415, "The request must be application/json.")
            length = headers.get("content-length", "0")
            if not length.isdigit() or int(length[:12]) > self.limits.body:
                raise self._too_large()

    async def _whole(self, receive: Receive) -> bytes:
        """Read the body, which no request may make longer or slower than need be."""
        parts, size = [], 0
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise RefusedError(400, "The request ended early.")
                    parts.append(message.get("body", b""))
                    size += len(parts[-1])
                    if size > self.limits.body:
                        if message.get("more_body"):
                            await self._let_finish(receive)
                        raise self._too_large()
                    if not message.get("more_body"):
                        return b"".join(parts)
        except TimeoutError:
            raise RefusedError(408, "The request took too long to arrive.") from None

    async def _let_finish(self, receive: Receive) -> None:
        """Let somebody who is refused finish, within reason: who still speaks does not hear."""
        size = 0
        with suppress(TimeoutError):
            async with asyncio.timeout(_MANNERS):
                while size <= _RATHER_LONG:
                    message = await receive()
                    size += len(message.get("body", b""))
                    if not message.get("more_body"):
                        return

    def _too_large(self) -> RefusedError:
        return RefusedError(413, f"The request is larger than {self.limits.body // 1024} KiB.")


def _origins(host: str) -> tuple[str, ...]:
    """Return how a browser calls the page's own place, also behind something that encrypts."""
    return f"http://{host}", f"https://{host}"


def _name_of(host: str) -> str:
    """Take the port off a host's name.

    Examples
    --------
    >>> _name_of("localhost:8477"), _name_of("[::1]:8477"), _name_of("::1")
    ('localhost', '[::1]', '::1')
    """
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() and (":" not in name or name[:1] == "[") else host


def _again(body: bytes, receive: Receive) -> Receive:
    """Hand on a body that has been read, then whatever comes after it."""
    waiting = [body]

    async def handed_on() -> Message:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(), "more_body": False}
        return await receive()

    return handed_on


async def _refuse(send: Send, error: RefusedError) -> None:
    body = json.dumps({"error": error.words}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    start = {"type": "http.response.start", "status": error.status, "headers": headers}
    await send({**start, "headers": [*headers, (b"connection", b"close")]})
    await send({"type": "http.response.body", "body": body})
