"""The report of what the customers of an order log will buy and are worth."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from cvosim.report.document import Document, Section
from cvosim.report.documents.clv_shared import LogRead, sentences, unplaced
from cvosim.report.orders_exhibits import projection_exhibits
from cvosim.report.projection import customers_table

if TYPE_CHECKING:
    from cvosim.clv.value.projection import Projection

PARTS = ("By the customers' own", "By not knowing")
"""How lines begin that say what an interval comes from."""
TOP = 10
"""Customers that are listed."""


def projection_document(done: Projection, read: LogRead | None = None) -> Document:
    """Make the report of a projection.

    Parameters
    ----------
    done : Projection
    read : LogRead, optional
        Where the orders came from.
    """
    read, done = read or LogRead(), replace(done, fit=unplaced(done.fit))
    settings = done.value.settings
    days = "without end" if math.isinf(settings.days) else f"{settings.days:,.0f}"
    words = "All customers: --format csv."
    lines = done.summary().splitlines()
    parts = [line for line in lines if line.startswith(("What will happen", *PARTS))]
    return Document(
        title=f"{done.fit.source}: what customers will buy and are worth",
        verdict=sentences(line for line in lines if not line.startswith(PARTS)),
        sections=(
            Section("Where the value is", "", projection_exhibits(done)),
            *([Section("How sure that is", sentences(parts))] if parts else []),
            Section("The most valuable", words, tables=(customers_table(done, TOP),)),
        ),
        assumptions=(
            read.assumptions(
                model=done.fit.best.law.name,
                days=days,
                margin=settings.margin,
                **{"discount rate a year": settings.discount_rate, "intervals": settings.level},
                refits=None if settings.level is None else settings.refits,
                seed=None if settings.level is None else str(settings.seed),
            ),
        ),
        manifest=read.manifest(),
        data=done.to_dict(),
    )
