"""The journey as a figure: everything is there, and one can read it."""

from __future__ import annotations

import itertools

import pytest
from helpers.readable import assert_readable
from helpers.whole_journey import whole_journey
from matplotlib.figure import Figure
from matplotlib.text import Text

from cvosim.plan import compile_plan
from cvosim.plan.diagram import Diagram, Edge, Node, Role, Way, journey_diagram
from cvosim.report.journey import journey, journey_picture
from cvosim.report.journey_layout import BOX, GAP, PER_ROW, Box, Layout, layout_of
from cvosim.report.style import new_figure
from cvosim.scenario import library, load_scenario


@pytest.fixture(scope="module")
def whole() -> Diagram:
    return journey_diagram(compile_plan(whole_journey()))


def long_journey(stages: int, programs: int) -> Diagram:
    """A journey with wordy names, every stage served by as many programs."""
    text = ("12.5 to 99.9 % accept", "price 12345.6", "only: segment of_pet_owners, tier gold")
    nodes = [Node("market", Role.MARKET, "market", ("a_channel_of_note 50 %", "web 50 %"))]
    nodes.append(Node("journey", Role.JOURNEY, "the journey"))
    edges = [Edge("market", "s0", Way.ON, "arrive")]
    for stage in range(stages):
        here, there = f"s{stage}", f"s{stage + 1}" if stage + 1 < stages else "complete"
        nodes.append(Node(here, Role.STAGE, f"a_stage_of_many_words_{stage}", text))
        chain = [f"{here}p{place}" for place in range(programs)]
        nodes += [Node(key, Role.PROGRAM, "wide_www_mmm_words", text[:2], here) for key in chain]
        edges.append(Edge(here, there, Way.ON, "yes"))
        for one, following in itertools.pairwise([here, *chain, "lost"]):
            edges.append(Edge(one, following, Way.NO, "no"))
            if one != here:
                edges.append(Edge(one, there, Way.WON_BACK, "won back"))
    nodes += [
        Node("repeat", Role.CUSTOMER, "repeat_purchases", ("PARETO/NBD",)),
        *(Node(f"r{i}", Role.CUSTOMER, "we_miss_you", ("win back",), "repeat") for i in range(4)),
        Node("experience", Role.CUSTOMER, "experience", ("satisfaction 7",)),
        Node("advocates", Role.CUSTOMER, "advocates", ("30 % of promoters",), "experience"),
        Node("complete", Role.OUTCOME, "journey complete"),
        Node("lost", Role.OUTCOME, "lost"),
    ]
    edges += [
        Edge("s0", "repeat", Way.AFTER, "orders again"),
        *(Edge("repeat", f"r{i}", Way.AFTER) for i in range(4)),
        Edge("journey", "experience", Way.AFTER, "each order"),
        Edge("experience", "advocates", Way.AFTER, "first survey"),
        Edge("advocates", "s0", Way.REFERRED, "friends arrive"),
    ]
    return Diagram(tuple(nodes), tuple(edges))


def texts_of(figure: Figure) -> list[Text]:
    return [text for text in figure.findobj(Text) if text.get_text().strip()]


def assert_words_fit(data: Diagram) -> None:
    """Every text lies in one box altogether or touches none."""
    ax = journey(data)
    ax.figure.figure.draw_without_rendering()
    to_inches = ax.transData.inverted()
    places = [(box.x, box.y, box.right, box.bottom) for box in layout_of(data).boxes.values()]
    inside = 0
    for text in ax.texts:
        extent = text.get_window_extent().transformed(to_inches)
        low, high = sorted((extent.y0, extent.y1))
        for left, top, right, bottom in places:
            if extent.x1 <= left or extent.x0 >= right or high <= top or low >= bottom:
                continue
            within = left <= extent.x0 and extent.x1 <= right and top <= low and high <= bottom
            assert within, f"{text.get_text()!r} sticks out of its box"
            inside += 1
    assert inside >= len(places)


def crossing(sheet: Layout) -> list[tuple[str, tuple[float, float]]]:
    """Boxes that a line runs through, with where it does."""
    found = []
    for arrow in sheet.arrows:
        for (x0, y0), (x1, y1) in itertools.pairwise(arrow.points):
            for key, box in sheet.boxes.items():
                if _meets(box, sorted((x0, x1)), sorted((y0, y1))):
                    found.append((key, (x0, y0)))
    return found


def _meets(box: Box, xs: list[float], ys: list[float]) -> bool:
    hair = 0.01
    beside = xs[1] <= box.x + hair or xs[0] >= box.x + BOX - hair
    return not (beside or ys[1] <= box.y + hair or ys[0] >= box.bottom - hair)


@pytest.mark.parametrize("stages", [1, 3, 6, 7, 12])
@pytest.mark.parametrize("programs", [0, 1, 3])
def test_short_and_long_journeys_are_readable(stages: int, programs: int) -> None:
    data = long_journey(stages, programs)
    sheet = layout_of(data)
    assert crossing(sheet) == []
    assert sheet.width < PER_ROW * (BOX + GAP) + 2, "fits on a page"
    assert_words_fit(data)
    assert_readable(journey_picture("A name", data))


@pytest.mark.parametrize("name", library())
def test_the_library_is_readable(name: str) -> None:
    data = journey_diagram(compile_plan(load_scenario(name)))
    assert crossing(layout_of(data)) == []
    assert_words_fit(data)
    assert_readable(journey_picture(name, data))


def test_the_whole_journey_is_drawn(whole: Diagram) -> None:
    sheet = layout_of(whole)
    drawn = {node.key for node in whole.nodes} - {"journey", "lost"}  # those are no boxes
    assert set(sheet.boxes) == drawn
    assert crossing(sheet) == []
    assert_readable(journey_picture("Everything", whole))
    said = [text.get_text() for text in journey(whole).texts]
    for word in ("yes", "no", "won back", "either way", "lost", "each order", "friends arrive"):
        assert word in said, word
    assert "ten off" in said


def test_stages_go_from_left_to_right_and_programs_hang_below(whole: Diagram) -> None:
    boxes = layout_of(whole).boxes
    rows: dict[float, list[float]] = {}
    for node in whole.of_role(Role.STAGE):
        rows.setdefault(boxes[node.key].y, []).append(boxes[node.key].x)
    assert list(rows) == sorted(rows)
    assert all(row == sorted(row) for row in rows.values())
    for node in whole.of_role(Role.PROGRAM):
        assert boxes[node.key].x == boxes[node.at].x
        assert boxes[node.key].y > boxes[node.at].bottom
    last = max(boxes[node.key].bottom for node in whole.of_role(Role.PROGRAM))
    assert all(boxes[node.key].y > last for node in whole.of_role(Role.CUSTOMER))


def test_every_way_is_an_arrow(whole: Diagram) -> None:
    sheet = layout_of(whole)
    by_way = {way: [a for a in sheet.arrows if a.way == way] for way in Way}
    assert len(by_way[Way.NO]) == sum(edge.way == Way.NO for edge in whole.edges)
    (back,) = by_way[Way.REFERRED]
    first, advocates = sheet.boxes["s0"], sheet.boxes["advocates"]
    assert back.points[0] == (advocates.x, advocates.middle)
    assert back.points[-1] == (first.x + BOX / 2, first.y)
    for box in (sheet.boxes["experience"], sheet.boxes["loyalty"], sheet.boxes["repeat"]):
        assert (box.x + BOX / 2, box.y) in [a.points[-1] for a in by_way[Way.AFTER]]


def test_ways_differ_by_more_than_colour(whole: Diagram) -> None:
    lines = journey(whole).lines
    assert len({(line.get_linestyle(), line.get_linewidth()) for line in lines}) >= 4


def test_it_is_drawn_where_it_is_told_and_shrinks(whole: Diagram) -> None:
    ax = new_figure(4, 3).add_subplot()
    assert journey(whole, ax) is ax
    large = journey(whole)
    sizes = [one.texts[-1].get_fontsize() for one in (ax, large)]
    assert sizes[0] < sizes[1] / 2


def test_a_sheet_says_for_whom_the_odds_hold(whole: Diagram) -> None:
    assert "average trust" in journey_picture("Whole", whole).get_supxlabel()
    certain = journey_diagram(compile_plan(load_scenario("cdnow")))
    assert journey_picture("Certain", certain).get_supxlabel() == ""


def test_names_are_no_formulas(whole: Diagram) -> None:
    assert not any(
        text.get_parse_math() for text in texts_of(journey_picture("from $1 to $2", whole))
    )
