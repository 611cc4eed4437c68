"""The word that says where jobs are done, and what is wrong with it."""

from __future__ import annotations

import os
import re
from typing import Literal, NamedTuple

from cvosim.errors import DataError

Kind = Literal["serial", "threads", "processes", "dask"]

MOST = 1024
"""Most threads or processes that one may ask for; more is a slip of the hand."""

_ALLOWED = 'one of "serial", "threads", "threads:4", "processes", "processes:4", "tcp://host:8786"'
_ADDRESS = re.compile(r"(tcp|tls)://(\[[0-9a-fA-F:.%]+\]|[^\s/:\[\]]+):(\d+)/?")


class Spec(NamedTuple):
    """What a word for an executor means.

    Attributes
    ----------
    kind : {"serial", "threads", "processes", "dask"}
        Who does the jobs.
    size : int
        How many at once; 0 on a cluster, which knows that itself.
    address : str
        Of the Dask scheduler, else empty.
    """

    kind: Kind
    size: int
    address: str = ""


def read_spec(text: str) -> Spec:
    """Understand the word for an executor.

    Parameters
    ----------
    text : str
        ``serial``, ``threads[:N]``, ``processes[:N]``, or a Dask scheduler's address
        (``tcp://host:8786``, ``tls://host:8786``). N is the number of cores by default.

    Returns
    -------
    Spec

    Raises
    ------
    DataError
        For anything else.

    Examples
    --------
    >>> read_spec("processes:4")
    Spec(kind='processes', size=4, address='')
    >>> read_spec("tcp://10.0.0.7:8786").address
    'tcp://10.0.0.7:8786'
    """
    word = str(text).strip()
    if "://" in word:
        return _cluster(text, word)
    name, colon, number = word.partition(":")
    if name == "serial" and not colon:
        return Spec("serial", 1)
    if name == "threads":
        return Spec("threads", _how_many(text, number) if colon else cores())
    if name == "processes":
        return Spec("processes", _how_many(text, number) if colon else cores())
    raise DataError(f"executor: must be {_ALLOWED} (got {text!r}){_nearest(name)}")


def check_executor(spec: str) -> None:
    """Raise if the word means no executor; starts and reaches nothing.

    Parameters
    ----------
    spec : str
        As for `workers`.

    Raises
    ------
    DataError
        With what is allowed.

    Examples
    --------
    >>> from cvosim import DataError
    >>> check_executor("processes:2")
    >>> try:
    ...     check_executor("processes:none")
    ... except DataError as error:
    ...     print(error)
    executor: the number in 'processes:none' must be a whole one from 1 to 1024
    """
    read_spec(spec)


def cores() -> int:
    """As many cores as this process may use; ``NUMBA_NUM_THREADS`` counts, as for the kernel.

    Examples
    --------
    >>> cores() >= 1
    True
    """
    asked = os.environ.get("NUMBA_NUM_THREADS", "")
    if asked.isdecimal() and int(asked) > 0:
        return min(int(asked), MOST)
    if hasattr(os, "sched_getaffinity"):  # not on macOS and Windows
        return max(1, len(os.sched_getaffinity(0)))
    return max(1, os.cpu_count() or 1)


def _how_many(text: str, number: str) -> int:
    if not (number.isascii() and number.isdecimal() and 1 <= int(number) <= MOST):
        raise DataError(f"executor: the number in {text!r} must be a whole one from 1 to {MOST}")
    return int(number)


def _cluster(text: str, word: str) -> Spec:
    match = _ADDRESS.fullmatch(word)
    if match is None or not 1 <= int(match[3]) <= 65535:
        raise DataError(
            f"executor: a Dask scheduler's address looks like tcp://host:8786"
            f" or tls://host:8786 (got {text!r})"
        )
    return Spec("dask", 0, word.rstrip("/"))


def _nearest(name: str) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name.lower(), ["serial", "threads", "processes"], n=1)
    return f'; did you mean "{close[0]}"?' if close else ""
