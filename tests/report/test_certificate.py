from __future__ import annotations

import pytest
from helpers.certified import WORLDS, heavy
from helpers.readable import assert_readable

from cvosim.experiment.certificate.certify import Luck
from cvosim.experiment.certificate.design import Design, Injected
from cvosim.experiment.certificate.recommend import Recommendation, recommend
from cvosim.report.certificate import COLUMNS, certificate_picture, certificate_table
from cvosim.stats.metric import Mean


@pytest.fixture(scope="module")
def found() -> Recommendation:
    design = Design(10_000, (0.9, 0.1), effect=Injected(0.5))
    return recommend(Mean("clv"), heavy(n=50_000), design, luck=Luck(600, 0.02, 1))


def test_the_picture_is_readable_and_says_who_is_allowed(found: Recommendation) -> None:
    figure = certificate_picture(found.certificates)
    assert_readable(figure)
    worse, better = figure.axes
    assert worse.get_title(loc="left") == "says that the treatment is worse"
    names = [label.get_text() for label in worse.get_yticklabels()]
    assert names == [one.procedure.name for one in found.certificates]
    marks = {
        name: [line.get_marker() for line in ax.lines if line.get_marker() != "None"]
        for name, ax in (("worse", worse), ("better", better))
    }
    assert marks["worse"][names.index("welch")] == "X"
    assert marks["better"][names.index("welch")] == "o"
    assert worse.get_xlim() == better.get_xlim()
    assert worse.get_xlim()[0] < 0.0 < found.of("welch").below.high < worse.get_xlim()[1]


def test_one_procedure_and_one_side_can_be_drawn() -> None:
    design = Design(200, alternative="greater")
    found = recommend(
        Mean("y"), WORLDS["gamma"], design, candidates=["welch"], luck=Luck(100, None, 1)
    )
    assert_readable(certificate_picture(found.certificates))


def test_less_cost_is_better() -> None:
    from dataclasses import replace

    pool = replace(WORLDS["gamma"].only(["y"]), columns=("cost",))
    found = recommend(
        Mean("cost"), pool, Design(200), candidates=["welch"], luck=Luck(100, None, 1)
    )
    assert certificate_table(found.certificates).header[3:5] == ('"worse"', '"better"')
    titles = [ax.get_title(loc="left") for ax in certificate_picture(found.certificates).axes]
    assert titles == [f"says that the treatment is {word}" for word in ("worse", "better")]


def test_the_table_for_people_and_the_one_for_machines(found: Recommendation) -> None:
    table = certificate_table(found.certificates)
    head, *rows = table.to_csv().splitlines()
    assert head == ",".join(COLUMNS)
    assert len(rows) == len(found.certificates)
    assert all(len(row) == len(COLUMNS) for row in table.rows)
    text = table.to_text()
    (welch,) = [line for line in text.splitlines() if line.startswith("welch ")]
    assert "fails" in welch
    assert " ! " in welch, "its interval breaks its promise as well"
    titles = text.splitlines()[0]
    assert all(word in titles for word in ("false alarms", '"better"', "coverage", "type M"))
    assert "±" in table.to_markdown()
