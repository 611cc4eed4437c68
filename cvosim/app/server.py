"""Starting the page's server, and ending it."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from cvosim.app.guard import LOOPBACK
from cvosim.app.limits import Limits
from cvosim.errors import CvosimError
from cvosim.scenario import library

if TYPE_CHECKING:
    import uvicorn
    from starlette.types import ASGIApp

NEEDED = ("starlette", "uvicorn", "jinja2")
FIRST = "carpet_cleaning"
LAST_PORT = 65535
SETTINGS: Mapping[str, Any] = MappingProxyType(
    {
        "loop": "asyncio",
        "ws": "none",
        "lifespan": "on",
        "log_level": "error",
        "access_log": False,
        "server_header": False,
        "proxy_headers": False,
        "timeout_graceful_shutdown": 1,
    }
)
"""Of uvicorn: plain HTTP for a few people, and nothing on the screen but what goes wrong."""


def require_packages() -> None:
    """Say what to install where something is missing.

    Raises
    ------
    CvosimError
        In words.
    """
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise CvosimError(
            f"the what-if page needs {' and '.join(missing)}; install with: "
            "pip install 'cvosim[app]'"
        )


def serve(
    scenarios: Sequence[str],
    host: str,
    port: int,
    limits: Limits,
    ready: Callable[[str], None],
) -> None:
    """Serve the page until it is interrupted.

    Parameters
    ----------
    scenarios : sequence of str
        None, one or two: library names or files. A alone, or A and B.
    host : str
        Where to listen.
    port : int
        0 for any that is free.
    limits : Limits
        What a request may cost.
    ready : callable
        Called with the page's address once it can be opened.

    Raises
    ------
    CvosimError
        A scenario is wrong, the address cannot be used, or a package is missing.
    """
    require_packages()
    from cvosim.app.api import Page, application
    from cvosim.app.sources import Given, Sources
    from cvosim.app.state import Source
    from cvosim.experiment.sides import live

    names = names_of(scenarios) or [FIRST]
    given = {
        name: Given.of(file)
        for name, file in zip(names, scenarios, strict=False)
        if file not in library()
    }
    with listening(host, port) as own:
        sources = Sources(given, limits)
        a, *b = [Source(name) for name in names]
        page = Page(sources, limits, a, b[0] if b else None)
        try:
            # loads the kernel, or compiles it the first time, while Ctrl-C still ends it
            live(sources.template(a).scenario, customers=1)
            server = server_of(application(page, host))
            ready(address(host, own.getsockname()[1]))
            server.run(sockets=[own])
        finally:
            page.renderers.stop()


def server_of(app: ASGIApp) -> uvicorn.Server:
    """Put the server together."""
    import uvicorn

    from cvosim.app.protocol import Connection

    return uvicorn.Server(uvicorn.Config(app, http=Connection, **SETTINGS))


def names_of(scenarios: Sequence[str]) -> list[str]:
    """Call files by their names without folders, each by one of its own.

    Examples
    --------
    >>> names_of(["kid.yaml", "sub/kid.yaml"]), names_of(["cdnow", "kid.yaml"])
    (['kid.yaml', 'kid-2.yaml'], ['cdnow', 'kid.yaml'])
    """
    from cvosim.app.sources import distinct

    found: dict[str | Path, str] = {name: name for name in library()}
    keys = [one if one in found else Path(one).resolve() for one in scenarios]
    for key in keys:
        if key not in found:
            found[key] = distinct(Path(key).name, found.values())
    return [found[key] for key in keys]


def listening(host: str, port: int) -> socket.socket:
    """Open the port, before anything that takes time.

    Raises
    ------
    CvosimError
        It cannot be had; says why and what to do.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    own = socket.socket(family, socket.SOCK_STREAM)
    try:
        own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        own.bind((host, port))
        own.listen(128)
    except (OSError, OverflowError) as error:
        own.close()
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            other = port + 1 if port < LAST_PORT else port - 1
            words = f"port {port} is in use; take another: --port {other}, or --port 0 for any"
        elif isinstance(error, OSError) and error.errno in (errno.EACCES, errno.EPERM):
            words = f"port {port} may not be used; take one above 1023"
        else:
            reason = getattr(error, "strerror", None) or str(error)
            words = f"--host {host}: cannot listen there ({reason})"
        raise CvosimError(words) from None
    return own


def address(host: str, port: int) -> str:
    """Write the page's address, as a browser takes it."""
    name = "localhost" if host in ("0.0.0.0", "::") else host
    name = f"[{name}]" if ":" in name else name
    return f"http://{name}:{port}/"


def is_private(host: str) -> bool:
    """Tell whether nobody else can reach a page that listens there."""
    return host.lower() in LOOPBACK
