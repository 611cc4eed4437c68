"""What the reports about an order log have in common."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from cvosim.report.documents.names import file_name
from cvosim.report.documents.shared import made_of, settings_table
from cvosim.report.tables import Table

Done = TypeVar("Done", bound=Any)


class LogRead(NamedTuple):
    """Which order log was read, and how.

    Attributes
    ----------
    file : Path or None
        None for orders that were in no file.
    settings : mapping
        What was asked for, by the name of the option; what is None was left out.
    """

    file: Path | None = None
    settings: Mapping[str, object] = {}

    def assumptions(self, **further: object) -> Table:
        """List what was asked for."""
        name = {} if self.file is None else {"orders": self.file.name}
        return settings_table("What was asked", {**name, **self.settings, **further})

    def manifest(self) -> dict[str, object]:
        """Say what it takes to do it again: the file's hash, and what was asked for."""
        options = {name: str(value) for name, value in self.settings.items() if value}
        return made_of(
            (), (self.file,), **{name.replace(" ", "_"): v for name, v in options.items()}
        )


def unplaced(done: Done) -> Done:
    """Give the same result with its file named without folders, which are nobody else's.

    Examples
    --------
    >>> from cvosim.clv.orders.log import OrderLog
    >>> unplaced(OrderLog.of([("ann", 0, 9.0)], source="/home/ann/orders.csv")).source
    'orders.csv'
    """
    named: Done = replace(done, source=file_name(done.source))
    return named


def sentences(lines: Iterable[str]) -> str:
    r"""Put the sentences that answer first, and doubts after them.

    Examples
    --------
    >>> sentences(["Warning: few orders.", "  They buy 3 times.", "Orders: 9."])
    'They buy 3 times.\nOrders: 9.\nWarning: few orders.'
    """
    kept = [line.strip() for line in lines]
    return "\n".join(sorted(kept, key=lambda line: line.startswith("Warning:")))
