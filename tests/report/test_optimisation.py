"""Words, tables and pictures of an optimisation, from results made by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from cvosim.experiment.optimisation.constraints import Judgement, parse_constraint
from cvosim.experiment.optimisation.levers import Lever
from cvosim.experiment.optimisation.question import Effort, Goal, Question
from cvosim.experiment.optimisation.ranking import Rule, Selection
from cvosim.experiment.optimisation.result import Candidate, Gain, Interval, Optimum
from cvosim.experiment.optimisation.search import Score, Search, Tried
from cvosim.report.optimisation import optimisation_verdict
from cvosim.report.optimisation_picture import optimisation_picture
from cvosim.report.optimisation_settings import settings
from cvosim.report.optimisation_table import candidates_table, optimisation_csv, table_note
from cvosim.report.optimisation_variant import variant_text

LEVERS = (Lever("journey.tripwire.price", low=9, high=39), Lever("style", ("bold", "calm")))
BASE, BEST, THIRD = (29.0, "calm"), (9.2, "bold"), (20.0, "bold")


def optimum(**changes: object) -> Optimum:
    """Three candidates; the first is the best."""
    met, unsure = Judgement("met", 30.0, 31.0), Judgement("cannot tell", 39.0, 41.0)
    candidates = (
        Candidate(BEST, False, (met,), (Interval(7.0, 6.5, 7.5),), replicates=60, place="best"),
        Candidate(THIRD, False, (unsure,), (Interval(6.9, math.nan, math.nan),),
                  place="not allowed"),
        Candidate(BASE, True, (met,), (Interval(6.0, 5.0, 7.0),), Interval(1.0, 0.8, 1.2), 20,
                  "dropped"),
    )  # fmt: skip
    rule = Rule(0.06)
    made = Optimum(
        name="Carpets",
        currency="USD",
        market=100_000,
        levers=LEVERS,
        question=Question(constraints=(parse_constraint("cac <= 40"),)),
        effort=Effort(),
        units={"contribution_per_prospect": "USD", "cac": "USD"},
        search=Search(
            (
                Tried(BEST, Score((7.0,), (-1.0,))),
                Tried(THIRD, Score((6.9,), (1.5,))),
                Tried(BASE, Score((6.0,), (-2.0,))),
            ),
            complete=False,
        ),
        candidates=candidates,
        winner=0,
        selection=Selection(0, (0,), (60, 20), (7.0, 6.0), rule, 80),
        gain=Gain(1.05, 0.9, 1.2, 6.0, 7.05, 40, 1000),
        indifference=0.06,
        batch=1000,
        used=1_234_000,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def test_the_first_sentence_says_what_to_do_and_what_it_earns() -> None:
    first = optimisation_verdict(optimum()).split(" With a probability")[0]
    assert first == (
        "Set journey.tripwire.price to 9.2 and style to bold: it earns USD 1.05 more a prospect "
        "than with the scenario as written (USD 7.05 in place of USD 6.00; 95 % interval "
        "+USD 0.90 to +USD 1.20, on 40,000 customers who are new to both)."
    )


def test_promises_conditions_and_limits() -> None:
    said = optimisation_verdict(optimum())
    for words in (
        "at least 95 % it is the best of 2 candidates, differences below USD 0.060 left aside.",
        "It meets cac <= 40, with 95 % confidence.",
        "journey.tripwire.price (9 to 39) stands at the end of what is allowed",
        "3 combinations of the levers were tried",
        "1,234,000 customers were simulated in all.",
    ):
        assert words in said
    assert "uncertain" not in said


def test_what_is_not_decided_is_not_claimed() -> None:
    undecided = Selection(0, (0, 1), (1000, 1000), (7.0, 6.99), Rule(0.06), 5000)
    said = optimisation_verdict(optimum(selection=undecided))
    assert "is not certain: 2 were still too close to each other after 1,000,000 customers" in said
    assert "takes up to 5,000,000 customers each" in said
    assert "With a probability of at least" not in said


def test_a_gain_that_may_be_chance_is_called_so() -> None:
    doubtful = Gain(0.1, -0.5, 0.7, 6.0, 6.1, 40, 1000)
    assert "That it differs at all is not certain." in optimisation_verdict(optimum(gain=doubtful))
    assert "not certain" not in optimisation_verdict(optimum())


def test_what_a_few_customers_bring_is_not_promised() -> None:
    rough = Selection(0, (0,), (200, 200), (7.0, 6.0), Rule(0.06), 80, uneven=True)
    said = optimisation_verdict(optimum(selection=rough))
    assert "best of 2 candidates cannot be promised: contribution_per_prospect is too" in said
    assert "95 % does not hold for the choice, nor for the interval; take more customers" in said
    assert "With a probability of at least" not in said
    uneven = Gain(1.05, 0.9, 1.2, 6.0, 7.05, 40, 1000, uneven=True)
    said = optimisation_verdict(optimum(gain=uneven))
    assert "With a probability of at least" not in said
    assert "95 % interval" not in said
    assert "rough interval +USD 0.90" in said
    alone = optimisation_verdict(optimum(gain=uneven, selection=None))
    assert "so that 95 % does not hold for this interval" in alone
    assert optimum(gain=uneven).to_dict()["uneven"] is True
    assert optimum().to_dict()["uneven"] is False


def test_nothing_allowed_and_nothing_to_change() -> None:
    states = [Judgement("not met", 45.0, 44.0), Judgement("cannot tell", 41.0, 43.0)]
    bad = tuple(
        replace(one, judgements=(states[i % 2],), place="not allowed")
        for i, one in enumerate(optimum().candidates)
    )
    said = optimisation_verdict(optimum(winner=None, selection=None, gain=None, candidates=bad))
    assert said.startswith("No plan was found that surely meets cac <= 40.")
    assert "the nearest has USD 41.00, and for 1 it cannot be told at this size" in said
    kept = optimum(winner=2, gain=None)
    assert optimisation_verdict(kept).startswith("Leave the levers as they are")
    assert kept.changes() == {}


def test_worlds_and_uncertain_values() -> None:
    assert "The uncertain value stood as the scenario has it" in optimisation_verdict(
        optimum(uncertain=1)
    )
    robust = replace(optimum().question, robust=8, quantile=0.1)
    said = optimisation_verdict(optimum(question=robust, uncertain=2))
    assert "same 8 sampled worlds; the 10 % quantile from the bad end counts" in said
    assert "more a prospect in bad worlds (the 10 % quantile of 8) than with" in said
    mean = optimisation_verdict(optimum(question=replace(robust, quantile=None)))
    assert "more a prospect on average over 8 sampled worlds than with" in mean


def test_tables() -> None:
    table = candidates_table(optimum())
    assert [row[-1] for row in table.shown] == ["best", "dropped, as written", "not allowed"]
    assert table.shown[2][-3] == "cannot tell at this size (USD 39.00)"
    assert table.header[2:4] == ("contribution_per_prospect behind the best", "95 % interval")
    assert [row[2] for row in table.shown] == ["", "USD 1.00", "USD 0.10"]
    assert "whom the best met too" in table_note(optimum())
    lines = optimisation_csv(optimum()).splitlines()
    assert lines[0].startswith("journey.tripwire.price,style,contribution_per_prospect,")
    assert lines[1].split(",")[:3] == ["9.2", "bold", "7.0"]
    assert "nan" not in optimisation_csv(optimum())


def refusing() -> Optimum:
    """Five plans that are not allowed, the first of which looks better than the best."""
    found = optimum()
    bad = Judgement("not met", 45.0, 44.0)
    plans = [(price, "bold") for price in (31.0, 32.0, 33.0, 34.0, 35.0)]
    refused = [Candidate(plan, False, (bad,), place="not allowed") for plan in plans[:3]]
    scores = [Score((8.9 - place,), (3.0,)) for place in range(5)]
    return replace(
        found,
        candidates=(*found.candidates[:2], *refused, found.base),
        search=Search((*map(Tried, plans, scores), *found.search.tried), complete=True),
    )


def test_what_the_conditions_cost_and_which_of_them() -> None:
    said = optimisation_verdict(refusing())
    assert (
        "Without the conditions, setting journey.tripwire.price to 31 would look USD 1.90 better "
        "in the search; cac <= 40 rules it out."
    ) in said
    assert "No plan that the conditions keep out looked better" in optimisation_verdict(optimum())


def test_of_what_is_not_allowed_three_are_listed_and_the_others_counted() -> None:
    table, note = candidates_table(refusing()), table_note(refusing())
    assert [row[-1] for row in table.shown].count("not allowed") == 3
    assert len(table.rows) == 6
    assert note.endswith("3 more plans that were tried do not surely meet the conditions.")


def test_sections_are_named_and_told_apart() -> None:
    """Two sections of one name differ in what is said of them."""
    cheap, dear = {"name": "guard", "price": 49}, {"name": "guard", "price": 79}
    plans = [(cheap, "calm"), (dear, "calm"), (None, "calm")]
    tried = tuple(Tried(plan, Score((1.0,))) for plan in plans)
    found = optimum(search=Search(tried, complete=True), candidates=())
    assert settings(found, plans[0], plans[1]) == "journey.tripwire.price to guard {price: 49}"
    assert settings(found, plans[2], plans[1]) == "journey.tripwire.price to none"


def test_a_variant_extends_the_file_beside_it(tmp_path: Path) -> None:
    source = tmp_path / "carpets.yaml"
    source.write_text("name: Carpets\n", encoding="utf-8")
    assert variant_text(optimum(), str(source), tmp_path / "best.yaml") == (
        'extends: carpets.yaml\nname: "Carpets, optimised"\nchanges:\n'
        "  journey.tripwire.price: 9.2\n  style: bold\n"
    )
    assert variant_text(optimum(), "carpet_cleaning", tmp_path / "b.yaml").startswith(
        "extends: carpet_cleaning\n"
    )


@pytest.mark.parametrize("pareto", [False, True])
def test_pictures_are_drawn(tmp_path: Path, pareto: bool) -> None:
    found = optimum()
    if pareto:
        goals = (Goal("contribution_per_prospect"), Goal("cac", maximise=False))
        places = ("on the front", "perhaps on the front", "beaten")
        values = (Interval(7.0, 6.5, 7.5), Interval(30.0, 29.0, 31.0))
        found = optimum(
            question=Question(goals),
            winner=None,
            candidates=tuple(
                replace(one, values=values, place=place)
                for one, place in zip(found.candidates, places, strict=True)
            ),
            search=Search((Tried(BASE, Score((6.0, -30.0))),), complete=False),
        )
    figure = optimisation_picture(found)
    assert all(ax.get_legend() is None for ax in figure.axes)
    [legend] = figure.legends
    texts = [text.get_text() for text in legend.get_texts()]
    assert "as written" in texts
    assert ("on the front" if pareto else "chosen") in texts
    figure.savefig(tmp_path / "a.png")
    assert (tmp_path / "a.png").stat().st_size > 5000
