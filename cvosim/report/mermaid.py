"""The journey as text that Mermaid, and so many a wiki and editor, draws."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cvosim.plan.diagram import Diagram, Edge, Node, Role, Way
from cvosim.report.odds_note import AVERAGE, says_odds

ARROWS = {
    Way.ON: "-->",
    Way.NO: "-->",
    Way.WON_BACK: "-.->",
    Way.AFTER: "-.->",
    Way.REFERRED: "==>",
}
SHAPES = {
    Role.MARKET: ("([", "])"),
    Role.STAGE: ("[", "]"),
    Role.PROGRAM: ("(", ")"),
    Role.CUSTOMER: ("[", "]"),
    Role.OUTCOME: ("([", "])"),
}
CLASSES = {
    Role.STAGE: "fill:#dce6f2,stroke:#4c78a8,color:#222222",
    Role.PROGRAM: "fill:#ffffff,stroke:#6b6b6b,color:#222222,stroke-dasharray:4 3",
    Role.CUSTOMER: "fill:#fbe9d9,stroke:#d9730d,color:#222222",
    Role.OUTCOME: "fill:#eeeeee,stroke:#8a8a8a,color:#222222",
    Role.MARKET: "fill:#eeeeee,stroke:#8a8a8a,color:#222222",
}


def mermaid(data: Diagram) -> str:
    """Write a journey as a Mermaid flowchart.

    Parameters
    ----------
    data : Diagram
        As `journey_diagram` returns it.

    Returns
    -------
    str
        Lines that begin with ``flowchart LR``; thick arrows are referrals, dotted ones are the
        ways back and what follows an order.

    Examples
    --------
    >>> from cvosim import compile_plan, load_scenario
    >>> from cvosim.plan.diagram import journey_diagram
    >>> from cvosim.report.mermaid import mermaid
    >>> text = mermaid(journey_diagram(compile_plan(load_scenario("cdnow"))))
    >>> for line in text.splitlines()[:4]:
    ...     print(line)
    flowchart LR
      market(["<b>market</b><br/>web 100 %"])
      subgraph journey["the journey"]
        s0["<b>core_offer</b><br/>100 % accept<br/>price 35"]
    """
    return "\n".join(["flowchart LR", *(f"  {line}" for line in _lines(data))]) + "\n"


def _lines(data: Diagram) -> Iterator[str]:
    journey = data.of_role(Role.JOURNEY)[0]
    inside = [*data.of_role(Role.STAGE), *data.of_role(Role.PROGRAM)]
    yield from (_box(node) for node in data.of_role(Role.MARKET))
    title = _escaped(journey.title)
    if says_odds(data):
        title += f"<br/>{_escaped(f'accept: {AVERAGE}')}"
    yield f'subgraph {journey.key}["{title}"]'
    yield from (f"  {_box(node)}" for node in inside)
    yield "end"
    for role in (Role.CUSTOMER, Role.OUTCOME):
        yield from (_box(node) for node in data.of_role(role))
    yield from (_arrow(edge) for edge in data.edges)
    for role, style in CLASSES.items():
        if members := data.of_role(role):
            yield f"classDef {_class(role)} {style}"
            yield f"class {','.join(node.key for node in members)} {_class(role)}"


def _class(role: Role) -> str:
    return f"{role.value}Box"


def _box(node: Node) -> str:
    opening, closing = SHAPES[node.role]
    text = "<br/>".join([f"<b>{_escaped(node.title)}</b>", *map(_escaped, node.lines)])
    return f'{node.key}{opening}"{text}"{closing}'


def _arrow(edge: Edge) -> str:
    label = f"|{_quoted(edge.label)}|" if edge.label else ""
    return f"{edge.source} {ARROWS[edge.way]}{label} {edge.target}"


def _quoted(text: str) -> str:
    return f'"{_escaped(text)}"'


def _escaped(text: str) -> str:
    """Replace what has a meaning in a label by Mermaid's own codes."""
    return re.sub(r'[#"<>&;`|\\]', lambda found: f"#{ord(found[0])};", text)
