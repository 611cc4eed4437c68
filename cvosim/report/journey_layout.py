"""Where the boxes and arrows of a journey stand on a sheet, in inches, y downwards.

Stages go from left to right, on as many rows as they need; the programs that serve a stage
hang under it in the order in which they are tried; what happens to customers stands at the foot.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from textwrap import wrap
from typing import NamedTuple

from cvosim.plan.diagram import Diagram, Edge, Node, Role, Way

PER_ROW = 7
"""Most boxes side by side: more would not be readable on a page."""

BOX, GAP = 1.5, 0.62
"""Width of a box, and from one to the next."""
DROP = 0.32
"""From a box to the one under it: room for an arrow and a word."""
LEFT, TOP = 0.55, 0.15
"""Margins."""
BACK = 0.4
"""More room at the top where people who were referred go back to the first stage."""
TITLE_LINE, LINE, PAD = 0.185, 0.165, 0.09
TITLE_SIGNS, LINE_SIGNS = 16, 22
"""What fits into a box."""

Point = tuple[float, float]


class Box(NamedTuple):
    """A node with its place: the upper left corner and the size."""

    node: Node
    x: float
    y: float
    height: float
    title: str
    text: str

    @property
    def title_height(self) -> float:
        """What the title takes."""
        return TITLE_LINE * (1 + self.title.count("\n"))

    @property
    def text_height(self) -> float:
        """What the lines under the title take."""
        return LINE * (1 + self.text.count("\n")) if self.text else 0.0

    @property
    def middle(self) -> float:
        """Height of its middle."""
        return self.y + self.height / 2

    @property
    def right(self) -> float:
        """Its right side."""
        return self.x + BOX

    @property
    def bottom(self) -> float:
        """Its lower side."""
        return self.y + self.height


class Arrow(NamedTuple):
    """A line through points; with a head at its end, or at both."""

    points: tuple[Point, ...]
    way: Way
    heads: str = "->"
    """Such as matplotlib knows: ``-``, ``->`` or ``<->``."""


class Word(NamedTuple):
    """A label of an arrow, centred at a point; perhaps standing upright."""

    text: str
    x: float
    y: float
    upright: bool = False


class Panel(NamedTuple):
    """The ground on which the boxes about customers stand."""

    x: float
    y: float
    width: float
    height: float


@dataclass
class Layout:
    """Everything on the sheet."""

    width: float = 0.0
    height: float = 0.0
    boxes: dict[str, Box] = field(default_factory=dict)
    arrows: list[Arrow] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)
    panel: Panel | None = None

    def bottom(self) -> float:
        """Lower side of the lowest thing."""
        return max(*(box.bottom for box in self.boxes.values()), *(w.y for w in self.words), 0.0)


def layout_of(data: Diagram) -> Layout:
    """Place a journey.

    Parameters
    ----------
    data : Diagram
        As `journey_diagram` returns it.

    Returns
    -------
    Layout
        Boxes by the keys of their nodes.
    """
    sheet = Layout()
    cells = [*data.of_role(Role.MARKET), *data.of_role(Role.STAGE)]
    cells += [node for node in data.of_role(Role.OUTCOME) if node.key == "complete"]
    n_rows = math.ceil(len(cells) / PER_ROW)
    per_row = math.ceil(len(cells) / n_rows)
    under = TOP + BACK * any(edge.way == Way.REFERRED for edge in data.edges)
    for start in range(0, len(cells), per_row):
        _row(sheet, data, cells[start : start + per_row], under)
        under = sheet.bottom() + 2.2 * DROP
    for one, following in pairwise(cells):
        _on(sheet, data, one.key, following.key)
    _customers(sheet, data)
    sheet.width = max(box.right for box in sheet.boxes.values()) + LEFT
    sheet.height = sheet.bottom() + 0.25
    return sheet


def _box(node: Node, x: float, y: float, least: float = 0.0) -> Box:
    title = wrap(node.title.replace("_", " "), TITLE_SIGNS) or [""]
    words = [line.replace("_", " ").replace(" %", "\N{NO-BREAK SPACE}%") for line in node.lines]
    lines = [part for line in words for part in wrap(line, LINE_SIGNS)]
    height = 2 * PAD + TITLE_LINE * len(title) + LINE * len(lines)
    return Box(node, x, y, max(height, least), "\n".join(title), "\n".join(lines))


def _row(sheet: Layout, data: Diagram, cells: Sequence[Node], top: float) -> None:
    """A row of stages, all of one height, and under each the programs that serve it."""
    height = max(_box(node, 0.0, 0.0).height for node in cells)
    for column, node in enumerate(cells):
        x = LEFT + column * (BOX + GAP)
        sheet.boxes[node.key] = _box(node, x, top, height)
        under = top + height + DROP
        for program in data.of_role(Role.PROGRAM):
            if program.at == node.key:
                sheet.boxes[program.key] = box = _box(program, x, under)
                under = box.bottom + DROP
        _chain(sheet, data, node)


def _chain(sheet: Layout, data: Diagram, stage: Node) -> None:
    """The arrows of those who decline: from program to program, and out."""
    served = {stage.key} | {p.key for p in data.of_role(Role.PROGRAM) if p.at == stage.key}
    for edge in data.edges:
        if edge.way != Way.NO or edge.source not in served:
            continue
        box = sheet.boxes[edge.source]
        x, end = box.x + BOX / 2, box.bottom + DROP
        sheet.arrows.append(Arrow(((x, box.bottom), (x, end)), Way.NO))
        sheet.words.append(Word(edge.label, x + 0.14, box.bottom + DROP * 0.4))
        if edge.target not in served:
            where = next(node.title for node in data.nodes if node.key == edge.target)
            out = where if edge.target == "lost" else f"on to {where}"
            sheet.words.append(Word(out.replace("_", " "), x, end + 0.1))


def _on(sheet: Layout, data: Diagram, here: str, there: str) -> None:
    """The way from a box to the next, and those who join it from the programs below."""
    one, other = sheet.boxes[here], sheet.boxes[there]
    if one.y == other.y:
        points: tuple[Point, ...] = ((one.right, one.middle), (other.x, other.middle))
    else:  # on to the next row
        out, back, between = one.right + GAP * 0.75, other.x - 0.22, other.y - DROP
        points = ((one.right, one.middle), (out, one.middle), (out, between))
        points += ((back, between), (back, other.middle), (other.x, other.middle))
    for edge in data.edges:
        if (edge.source, edge.target) == (here, there) and edge.way == Way.ON:
            sheet.arrows.append(Arrow(points, Way.ON))
            sheet.words.append(Word(edge.label, one.right + GAP / 2, one.middle - 0.1))
    _joining(sheet, [edge for edge in data.edges if _joins(sheet, edge, here, there)], one)


def _joins(sheet: Layout, edge: Edge, here: str, there: str) -> bool:
    source = sheet.boxes.get(edge.source)
    found = source is not None and source.node.at == here and source.node.role == Role.PROGRAM
    return found and edge.target == there and edge.way in (Way.WON_BACK, Way.ON)


def _joining(sheet: Layout, edges: Sequence[Edge], stage: Box) -> None:
    """One line up to the way on, which every program of the stage joins."""
    if not edges:
        return
    x = stage.right + GAP * 0.3
    boxes = [sheet.boxes[edge.source] for edge in edges]
    for edge, box in zip(edges, boxes, strict=True):
        sheet.arrows.append(Arrow(((box.right, box.middle), (x, box.middle)), edge.way, "-"))
    up = ((x, max(box.middle for box in boxes)), (x, stage.middle))
    sheet.arrows.append(Arrow(up, edges[0].way))
    for label in dict.fromkeys(edge.label for edge in edges):
        first = next(b for e, b in zip(edges, boxes, strict=True) if e.label == label)
        y = (stage.bottom if first is boxes[0] else first.y - DROP) + DROP / 2 + 0.1
        sheet.words.append(Word(label, x + 0.1, y, upright=True))


def _customers(sheet: Layout, data: Diagram) -> None:
    """The foot: from the advocates on the left to the programs for customers on the right."""
    nodes = {node.key: node for node in data.of_role(Role.CUSTOMER)}
    row = [nodes[key] for key in ("advocates", "experience", "loyalty", "repeat") if key in nodes]
    if not row:
        return
    top = sheet.bottom() + 2 * DROP
    for column, node in enumerate(row):
        sheet.boxes[node.key] = _box(node, LEFT + column * (BOX + GAP), top + 1.2 * DROP)
    x, y = LEFT + len(row) * (BOX + GAP), top + 1.2 * DROP
    for node in nodes.values():
        if node.at == "repeat":
            sheet.boxes[node.key] = box = _box(node, x, y)
            y = box.bottom + DROP / 2
    placed = [sheet.boxes[key] for key in nodes]
    foot, right = max(box.bottom for box in placed), max(box.right for box in placed)
    sheet.panel = Panel(LEFT - 0.15, top, right - LEFT + 0.3, foot - top + 0.15)
    for edge in data.edges:
        _edge_of_customers(sheet, edge)


def _edge_of_customers(sheet: Layout, edge: Edge) -> None:
    box = sheet.boxes.get(edge.target)
    if edge.way == Way.REFERRED and box is not None:
        _referred(sheet, edge, box)
    if edge.way != Way.AFTER or box is None:
        return
    source = sheet.boxes.get(edge.source)
    if source is None or source.node.role != Role.CUSTOMER:  # comes from above, whatever stage
        x = box.x + BOX / 2
        sheet.arrows.append(Arrow(((x, box.y - 1.2 * DROP), (x, box.y)), Way.AFTER))
        sheet.words.append(Word(edge.label, x + BOX / 3, box.y - DROP * 0.55))
        return
    if source.x > box.x:
        sheet.arrows.append(
            Arrow(((source.x, source.middle), (box.right, source.middle)), Way.AFTER)
        )
        sheet.words.append(
            Word("\n".join(edge.label.split()), (source.x + box.right) / 2, source.middle - 0.18)
        )
        return
    x = source.right + GAP / 2
    level = min(source.middle, box.bottom - PAD) if box.y == source.y else box.middle
    points = ((source.right, source.middle), (x, source.middle), (x, level), (box.x, level))
    sheet.arrows.append(Arrow(points, Way.AFTER, "<->"))


def _referred(sheet: Layout, edge: Edge, stage: Box) -> None:
    """Along the margins back to the first stage."""
    source = sheet.boxes[edge.source]
    margin, above, x = 0.15, TOP + BACK / 2, stage.x + BOX / 2
    points = ((source.x, source.middle), (margin, source.middle), (margin, above))
    sheet.arrows.append(Arrow((*points, (x, above), (x, stage.y)), Way.REFERRED))
    sheet.words.append(Word(edge.label, (margin + x) / 2, above - 0.1))
