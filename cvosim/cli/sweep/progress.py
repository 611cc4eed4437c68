"""How far a sweep is: a bar for people, a line now and then for the log of a cluster."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from cvosim.cli.progress import wanted

EVERY = 30.0
"""Seconds between two lines of a log."""

Report = Callable[[int, int, int], None]


@contextmanager
def sweep_progress(label: str) -> Iterator[Report]:
    """Show customers done and left, failed points, and the time that is left.

    Parameters
    ----------
    label : str
        What is going on.

    Yields
    ------
    callable
        Call it with customers done in this run, customers left, and failed points so far.
    """
    if not wanted():
        yield _Lines(label)
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining

    name, failed = TextColumn("{task.description}", markup=False), TextColumn("{task.fields[bad]}")
    columns = (name, BarColumn(), TaskProgressColumn(), Remaining(), failed)
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(label, total=None, bad="")

        def show(done: int, left: int, bad: int) -> None:
            words = f"{bad:,} points failed" if bad else ""
            progress.update(task, completed=done, total=done + left, bad=words)

        yield show


class _Lines:
    """Says something every half minute, and nothing of what takes less."""

    def __init__(self, label: str) -> None:
        self.label = label
        self.started = self.said = time.monotonic()

    def __call__(self, done: int, left: int, bad: int) -> None:
        now = time.monotonic()
        if now - self.said < EVERY or not done:
            return
        from cvosim.report.sweep import duration

        self.said = now
        seconds = (now - self.started) * left / done
        failed = f", {bad:,} points failed" if bad else ""
        share = done / (done + left)
        click.echo(f"{self.label}: {share:.0%}, about {duration(seconds)} left{failed}", err=True)
