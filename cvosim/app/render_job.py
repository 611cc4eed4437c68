"""What a rendering process does; loaded once by the process from which they are forked."""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # a fork takes no threads along

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cvosim.report.exhibit import Exhibit


def rendered(exhibit: Exhibit) -> str:
    """Draw a figure and write it with its table, as the report does."""
    from cvosim.report.html import exhibit_html

    return exhibit_html(exhibit, exhibit.svg())


def warm() -> None:
    """Load fonts, styles and templates: the first figure of a process takes a second else."""
    from cvosim.report.exhibit import Exhibit
    from cvosim.report.figures import Funnel, FunnelBar, funnel
    from cvosim.report.tables import Table

    bars = (FunnelBar(1000, None), FunnelBar(100, 0.1))
    data = Funnel(("A",), ("prospects", "buyers"), (bars,))
    table = Table(("step", "A"), (("prospects", 1000),), (("prospects", "1,000"),))
    rendered(Exhibit("warm", "Warm", "Nothing to see.", funnel, data, table))


def begin() -> None:
    """In a new process: leave Ctrl-C to the parent, and end when the parent has ended.

    A process that waits for a job holds both ends of the pipe that jobs come through, so it
    would wait for ever.
    """
    import signal
    import threading

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    warm()


def _end_with_parent() -> None:
    from multiprocessing import connection, parent_process

    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)
