"""The report of a backtest: would the models have known?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cvosim.report.backtest import backtest_table
from cvosim.report.document import Document, Section
from cvosim.report.documents.clv_shared import LogRead, sentences, unplaced
from cvosim.report.orders_exhibits import backtest_exhibits

if TYPE_CHECKING:
    from cvosim.clv.backtest.backtest import Backtest


def backtest_document(test: Backtest, read: LogRead | None = None) -> Document:
    """Make the report of a backtest.

    Parameters
    ----------
    test : Backtest
    read : LogRead, optional
        Where the orders came from.
    """
    read, test = read or LogRead(), unplaced(test)
    return Document(
        title=f"{test.source}: would the models have known?",
        verdict=backtest_verdict(test),
        sections=(
            Section("What came, and what was expected", "", backtest_exhibits(test)),
            Section("How each did", _about(test), tables=(backtest_table(test),)),
        ),
        assumptions=(
            read.assumptions(
                **{
                    "fitted from": test.start,
                    "fitted to": test.until,
                    "held out to": test.end,
                    "models": ", ".join(model.title for model in test.models),
                    "days of silence after which a rule gives a customer up": test.hiatus_days,
                }
            ),
        ),
        manifest=read.manifest(),
        data=test.to_dict(),
    )


def backtest_verdict(test: Backtest) -> str:
    """Say what came and what each model expected; details are further on."""
    lines = [line for line in test.summary().splitlines() if not line.startswith((" ", "Orders:"))]
    return sentences(lines)


def _about(test: Backtest) -> str:
    """Put the model's name before what is said of it alone."""
    said, title = [], ""
    for line in test.summary().splitlines():
        if line.startswith("Orders:"):
            said.append(line)
        if line.startswith(" "):
            said.append(f"{title}: {line.strip()}")
        title = next((m.title for m in test.models if line.startswith(f"{m.title} ")), title)
    return "\n".join(said)
