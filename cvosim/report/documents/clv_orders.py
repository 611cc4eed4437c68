"""One report of an order log: what its customers are worth, who they are, and who comes back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from cvosim.clv.orders.days import format_day
from cvosim.errors import DataError
from cvosim.report.document import Document, Section
from cvosim.report.documents.clv_shared import LogRead, unplaced

if TYPE_CHECKING:
    from cvosim.clv.orders.log import OrderLog
    from cvosim.report.tables import Table

ALL_CUSTOMERS = "All customers: --format csv."
"""What only the reports of single commands can say."""
DOUBTS, MOST_DOUBTS = "What to doubt", 2
"""Section of warnings where there are more of them than so many."""
REFITS = 200
"""For intervals: a fifth of what ``cvosim clv project`` takes, since this report has so much."""


class OrdersAsked(NamedTuple):
    """What is to be told of an order log.

    Attributes
    ----------
    until : int or None
        Last day that the backtest is fitted to; two thirds of the way if left out.
    days : float
        How far value is projected.
    margin : float
        Share of revenue that counts as value.
    attributes : tuple of str
        Columns that may mark valuable customers.
    campaign : str or None
        Column by which new customers are compared.
    """

    until: int | None = None
    days: float = 365.0
    margin: float = 1.0
    attributes: tuple[str, ...] = ()
    campaign: str | None = None


class _Part(NamedTuple):
    """A report that becomes a chapter of this one, and its sentences for the top."""

    name: str
    document: Document
    said: str


def orders_document(
    log: OrderLog, read: LogRead | None = None, asked: OrdersAsked | None = None
) -> Document:
    """Make one report of an order log: value to come, segments, retention, fit and backtest.

    Parameters
    ----------
    log : OrderLog
    read : LogRead, optional
        Which file it came from, and how it was read.
    asked : OrdersAsked, optional
        Defaults if left out.

    Returns
    -------
    Document
        A part that the orders are too few for says so in its place.

    Examples
    --------
    >>> from cvosim.clv import OrderLog
    >>> rows = [(f"c{i}", day, 10.0 + i) for i in range(9) for day in range(i, 90, 7 + i * i)]
    >>> [one.title for one in orders_document(OrderLog.of(rows)).sections][:1]
    ['What customers are worth']
    """
    read, asked, log = read or LogRead(), asked or OrdersAsked(), unplaced(log)
    parts: list[_Part] = []
    sections: list[Section] = []
    for title, make in _MAKERS.items():
        try:
            part = make(log, read, asked)
        except DataError as error:
            sections.append(Section(title, f"Not possible with these orders: {error}"))
            continue
        parts.append(part)
        sections.append(_chapter(title, part.document.sections))
    if log.warnings:
        sections.append(Section("What is odd about the file", "\n".join(log.warnings)))
    doubts = _doubts(parts)
    if len(doubts) > MOST_DOUBTS:
        said = (one.removeprefix("Warning: ") for one in doubts)
        sections.append(Section(DOUBTS, "\n".join(said)))
    return Document(
        title=f"{log.source}: the customers",
        verdict=_verdict(parts),
        sections=tuple(sections),
        assumptions=(_assumed(log, read, asked),),
        manifest=read.manifest(),
        data={part.name: part.document.data for part in parts},
    )


def _verdict(parts: list[_Part]) -> str:
    """Say what each part found, then what to doubt: a few doubts, or where they stand."""
    doubts = _doubts(parts)
    if len(doubts) > MOST_DOUBTS:
        doubts = [f"There are {len(doubts)} warnings: see “{DOUBTS}”, at the end."]
    return "\n".join([*(part.said for part in parts if part.said), *doubts])


def _doubts(parts: list[_Part]) -> list[str]:
    """Collect the warnings of all parts, each once."""
    lines = (line for part in parts for line in part.document.verdict.splitlines())
    return list(dict.fromkeys(line for line in lines if line.startswith("Warning:")))


def _assumed(log: OrderLog, read: LogRead, asked: OrdersAsked) -> Table:
    return read.assumptions(
        **{
            "first day": format_day(log.first_day),
            "last day": format_day(log.last_day),
            "backtest fitted to": None if asked.until is None else format_day(asked.until),
            "days ahead": asked.days,
            "margin": asked.margin,
            "refits for intervals": REFITS,
            "attributes": ", ".join(asked.attributes),
            "campaign": asked.campaign,
        }
    )


def _chapter(title: str, sections: tuple[Section, ...]) -> Section:
    """Put the sections of one report under one heading."""
    lines = [line for one in sections for line in one.words.splitlines() if line != ALL_CUSTOMERS]
    return Section(
        title,
        "\n".join(lines),
        tuple(exhibit for one in sections for exhibit in one.exhibits),
        tuple(_named(table, one) for one in sections for table in one.tables),
    )


def _named(table: Table, section: Section) -> Table:
    """Give a table without a title that of its section."""
    return table if table.title else replace(table, title=section.title)


def _projection(log: OrderLog, read: LogRead, asked: OrdersAsked) -> _Part:
    from cvosim.clv.models.order_fit import fit_orders
    from cvosim.clv.value.lifetime_value import Settings
    from cvosim.clv.value.projection import project
    from cvosim.report.documents.clv_projection import projection_document

    settings = Settings(margin=asked.margin, days=asked.days, level=0.9, refits=REFITS, seed=1)
    made = projection_document(project(fit_orders(log), settings), read)
    alive, *worth = [line for line in made.verdict.splitlines() if not line.startswith("Warning")]
    first = f"The {log.n_customers:,} customers are"
    said = " ".join(worth).replace("They are", first, 1)  # they stand in no sentence before
    return _Part("projection", made, f"{said}\n{alive}")


def _segments(log: OrderLog, read: LogRead, asked: OrdersAsked) -> _Part:
    from cvosim.clv.segments.segmentation import SegmentationSettings, segmentation
    from cvosim.report.documents.clv_rfm import segments_document

    done = segmentation(log, SegmentationSettings(attributes=asked.attributes))
    made = segments_document(done, read)
    return _Part("rfm", made, made.verdict.splitlines()[0])


def _retention(log: OrderLog, read: LogRead, asked: OrdersAsked) -> _Part:
    from cvosim.clv.retention.study import RetentionSettings, retention_study
    from cvosim.report.documents.clv_retention import retention_document

    made = retention_document(
        retention_study(log, RetentionSettings(campaign=asked.campaign)), read
    )
    still = [line for line in made.verdict.splitlines() if line.startswith("Still buying")]
    return _Part("retention", made, "; ".join([*still[:1], *(one.lower() for one in still[1:])]))


def _fit(log: OrderLog, read: LogRead, asked: OrdersAsked) -> _Part:
    from cvosim.clv.models.order_fit import fit_orders
    from cvosim.report.documents.clv_fit import fit_document

    return _Part("fit", fit_document(fit_orders(log), read), "")


def _backtest(log: OrderLog, read: LogRead, asked: OrdersAsked) -> _Part:
    from cvosim.clv.backtest.backtest import backtest
    from cvosim.report.documents.clv_backtest import backtest_document

    test = backtest(log, asked.until)
    made = backtest_document(test, read)
    best = f"{test.best_model.title} expects "
    about = next(line for line in made.verdict.splitlines() if line.startswith(best))
    came = f"of the {test.actual:,} purchases after {test.until}"
    return _Part("backtest", made, f"Tested on the past: {came} {about}")


_MAKERS: Mapping[str, Callable[[OrderLog, LogRead, OrdersAsked], _Part]] = {
    "What customers are worth": _projection,
    "Who they are": _segments,
    "Who comes back": _retention,
    "Would the models have known": _backtest,
    "The models": _fit,
}
"""Chapters, in this order."""
