"""A progress bar for people; nothing for scripts."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


def wanted() -> bool:
    """Whether somebody is looking: standard error is a terminal that can redraw a line."""
    return sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


@contextmanager
def progress_bar(label: str, total: int) -> Iterator[Callable[[int], None] | None]:
    """Show how many of ``total`` customers are done, on standard error.

    Parameters
    ----------
    label : str
        What is going on.
    total : int
        Customers to simulate in all.

    Yields
    ------
    callable or None
        Call it with the number of customers just finished; None when nobody is looking.
    """
    if not wanted():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining

    name = TextColumn("{task.description}", markup=False)  # a name may hold brackets
    columns = (name, BarColumn(), TaskProgressColumn(), Remaining())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(label, total=total)
        yield lambda done: progress.advance(task, done)
