"""Keep a library's talk with itself off the user's screen."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

_TALKERS = ("distributed", "distributed.client", "tornado", "tornado.application", "asyncio")


@contextmanager
def quiet() -> Iterator[None]:
    """Let Dask log nothing; what a person must know, cvosim says itself.

    Call it when Dask is imported already, which is when it sets its own levels.

    Examples
    --------
    >>> with quiet():
    ...     logging.getLogger("distributed").error("lost my worker")
    """
    loggers = [logging.getLogger(name) for name in _TALKERS]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)
