"""The report of models fitted to an order log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cvosim.clv.models.by_name import TITLES
from cvosim.report.document import Document, Section
from cvosim.report.documents.clv_shared import LogRead, sentences, unplaced
from cvosim.report.order_fit import parameters_table
from cvosim.report.orders_exhibits import fit_exhibits

if TYPE_CHECKING:
    from cvosim.clv.models.order_fit import OrderFit

PARAMETERS = "log-likelihood"
"""What a line of parameters holds."""


def fit_document(done: OrderFit, read: LogRead | None = None) -> Document:
    """Make the report of models fitted to an order log.

    Parameters
    ----------
    done : OrderFit
    read : LogRead, optional
        Where the orders came from.

    Examples
    --------
    >>> from cvosim.clv import OrderLog, fit_orders
    >>> rows = [(f"c{i}", day, 10.0 + i) for i in range(9) for day in range(i, 90, 7 + i * i)]
    >>> [one.title for one in fit_document(fit_orders(OrderLog.of(rows))).sections]
    ['Do the models fit?', 'What was found', 'Parameters']
    """
    read, done = read or LogRead(), unplaced(done)
    lines = done.summary().splitlines()
    return Document(
        title=f"{done.source}: when customers buy and leave",
        verdict=fit_verdict(done),
        sections=(
            Section("Do the models fit?", "", fit_exhibits(done)),
            Section("What was found", sentences(lines)),
            Section("Parameters", "", tables=(parameters_table(done),)),
        ),
        assumptions=(read.assumptions(models=", ".join(fit.law.name for fit in done.fits)),),
        manifest=read.manifest(),
        data=done.to_dict(),
    )


def fit_verdict(done: OrderFit) -> str:
    """Pick the sentences that need no parameter: who came back, and which model to go by.

    Of several models each sentence names its own.
    """
    titles = [TITLES[fit.law.name] for fit in done.fits]
    several, title, lines = len(titles) > 1, "", []
    for line in done.summary().splitlines():
        if not line.startswith(" "):
            title = next((one for one in titles if line.startswith(f"{one}:")), "")
        left_out = line.startswith(("Orders:", "Note:")) or PARAMETERS in line
        if left_out or (several and line.startswith("  By this model")):
            continue
        lines.append(f"{title}: {line.strip()}" if several and title else line)
    return sentences(lines)
