"""What to set the levers to, in plain English and in tables."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from cvosim.experiment.insight.words import MINUS, amount, listed, minus
from cvosim.experiment.optimisation.constraints import BUDGET
from cvosim.experiment.optimisation.levers import is_number
from cvosim.experiment.optimisation.question import DEFAULT_OUTCOME
from cvosim.report.style import short
from cvosim.report.tables import Cell, Table

if TYPE_CHECKING:
    from cvosim.experiment.optimisation.result import Candidate, Interval, Optimum
    from cvosim.experiment.optimisation.search import Tried

EDGE = 0.02
"""As near to an end of its range, in shares of it, a lever is said to be at the end."""


def setting(value: object) -> str:
    """Write what a lever is set to.

    Examples
    --------
    >>> setting(19.0), setting(None), setting({"kind": "fixed"}), setting(12500.0)
    ('19', 'removed', '{kind: fixed}', '12500')
    """
    from cvosim.scenario.yaml_writer import flow_text

    if value is None:
        return "removed"
    if is_number(value):
        return minus(f"{value:.10g}")
    return flow_text(value)


def settings(changes: Mapping[str, object]) -> str:
    """Write several levers as in a sentence.

    Examples
    --------
    >>> settings({"a.price": 19.0, "b": None})
    'a.price to 19 and b to removed'
    """
    return listed([f"{path} to {setting(value)}" for path, value in changes.items()])


def optimisation_verdict(found: Optimum) -> str:
    """Say what to do, what it brings, how sure that is, and what was looked at.

    Parameters
    ----------
    found : Optimum

    Returns
    -------
    str
        A paragraph a line.
    """
    said = _of_a_front(found) if found.pareto else _of_the_best(found)
    return "\n".join([" ".join(said), " ".join(_how(found))])


def _of_the_best(found: Optimum) -> list[str]:
    best = found.best
    if best is None:
        return _nothing_allowed(found)
    said = [_keep(found) if best.base else _earns(found), *_sureness(found)]
    if found.question.constraints:
        texts = listed([one.text for one in found.question.constraints])
        said.append(f"It meets {_plain(texts)}, with {_confidence(found)} confidence.")
        if found.base.state != "met":
            words = "does not" if found.base.state == "not met" else "cannot be shown to"
            said.append(f"The scenario as written {words}.")
    return [*said, *_at_the_edge(found)]


def _earns(found: Optimum) -> str:
    gain, goal = found.gain, found.question.goals[0]
    assert gain is not None
    unit = found.units[goal.outcome]
    sign = goal.sign
    low, high = sorted((sign * gain.low, sign * gain.high))
    between = f"{amount(low, unit, sign=True)} to {amount(high, unit, sign=True)}"
    now = f"{amount(gain.winner, unit)} in place of {amount(gain.base, unit)}"
    new = f"{gain.replicates * gain.customers:,} customers who are new to both"
    more = amount(abs(gain.value), unit, sign=unit == "share").lstrip("+")
    if goal.outcome == DEFAULT_OUTCOME:
        what = f"it earns {more} {'more' if gain.value >= 0 else 'less'} a prospect"
    else:
        up = (gain.value >= 0) == goal.maximise
        what = f"{goal.outcome} is {more} {'higher' if up else 'lower'}"
    doubt = "" if gain.low > 0.0 or gain.high < 0.0 else " That it differs at all is not certain."
    return (
        f"Set {settings(found.changes())}: {what} than with the scenario as written ({now}; "
        f"{_confidence(found)} interval {between}, on {new}).{doubt}{_roughly(found)}"
    )


def _roughly(found: Optimum) -> str:
    """Say that an interval may miss too often, if the selection does not say it anyway."""
    gain, selection = found.gain, found.selection
    if gain is None or not gain.uneven or (selection is not None and selection.uneven):
        return ""
    return (
        " A few customers bring most of the difference, so that this interval misses it more often "
        "than it says; take more customers."
    )


def _keep(found: Optimum) -> str:
    outcome = found.question.goals[0].outcome
    others = len(found.candidates) - 1
    return (
        f"Leave the levers as they are: of {others} other candidates none that is allowed has a "
        f"better {outcome} than the scenario as written."
    )


def _sureness(found: Optimum) -> list[str]:
    selection = found.selection
    if selection is None:
        one = "It is the only candidate that surely meets the constraints"
        return [f"{one}." if found.question.constraints else "There was no other candidate."]
    goal = found.question.goals[0]
    delta = amount(found.indifference, found.units[goal.outcome])
    if found.units[goal.outcome] == "share":
        delta = amount(found.indifference, "share", sign=True).lstrip("+")
    among = f"the best of {len(selection.means)} candidates"
    if selection.uneven:
        interval = "" if found.gain is None else ", nor for the interval"
        return [
            f"That it is {among} cannot be promised: {goal.outcome} is too uneven. A few customers "
            f"bring most of it, so that {_confidence(found)} does not hold for the choice"
            f"{interval}; take more customers."
        ]
    if selection.decided:
        return [
            f"With a probability of at least {_confidence(found)} it is {among}, differences "
            f"below {delta} left aside."
        ]
    left = len(selection.left)
    needed = selection.most_needed * found.batch
    return [
        f"That it is {among} is not certain: {left} were still too close to each other after "
        f"{selection.rule.most * found.batch:,} customers each. With {_confidence(found)} "
        f"probability the best is among these {left}; to tell which takes up to {needed:,} "
        f"customers each, or an indifference above {delta}."
    ]


def _nothing_allowed(found: Optimum) -> list[str]:
    constraints = found.question.constraints
    said = [f"No plan was found that surely meets {_plain(listed([c.text for c in constraints]))}."]
    for place, constraint in enumerate(constraints):
        known = [one for one in found.candidates if len(one.judgements) > place]
        count = sum(one.judgements[place].state == "met" for one in known)
        if count:
            said.append(f"{_plain(constraint.text)}: {count} of {len(known)} candidates meet it.")
            continue
        unsure = sum(one.judgements[place].state == "cannot tell" for one in known)
        values = [one.judgements[place].value for one in known]
        reached = [value for value in values if math.isfinite(value)]
        near = min(reached, key=lambda x: abs(x - constraint.bound), default=math.nan)
        unit = found.units[constraint.outcome]
        words = f"the nearest has {amount(near, unit)}" if reached else "none has a value at all"
        more = f", and for {unsure} it cannot be told at this size" if unsure else ""
        said.append(f"{_plain(constraint.text)}: no candidate surely meets it; {words}{more}.")
    return said


def _at_the_edge(found: Optimum) -> list[str]:
    """Say which levers stand at the end of what they may be: more might be better still."""
    best, at = found.best, []
    if best is None or best.base:
        return []
    for lever, value in zip(found.levers, best.plan, strict=True):
        if lever.values or not is_number(value) or lever.low == lever.high:
            continue
        share = (float(value) - lever.low) / (lever.high - lever.low)  # type: ignore[arg-type]
        if min(share, 1.0 - share) <= EDGE:
            at.append(f"{lever.path} ({setting(lever.low)} to {setting(lever.high)})")
    if not at:
        return []
    verb = "stands" if len(at) == 1 else "stand"
    return [f"{listed(at)} {verb} at the end of what is allowed: a wider range may hold better."]


def _of_a_front(found: Optimum) -> list[str]:
    first, second = (
        f"{'more' if goal.maximise else 'less'} {goal.outcome}" for goal in found.question.goals
    )
    places = [one.place for one in found.candidates]
    if all(place == "not allowed" for place in places):
        return _nothing_allowed(found)
    sure, perhaps = places.count("on the front"), places.count("perhaps on the front")
    said = [
        f"Between {first} and {second} there is a choice of {_plans(sure + perhaps)}: no "
        "other candidate has more of both."
    ]
    if perhaps and sure:
        said.append(f"Of {sure} that is certain ({_confidence(found)}), of {perhaps} not quite.")
    elif perhaps:
        said.append("That is not certain of any of them: some are nearly alike.")
    if found.uneven_front:
        said.append(
            "A few customers bring most of a difference, so that what is called certain is less "
            f"certain than {_confidence(found)}; take more customers."
        )
    base = found.base.place
    if base in ("beaten", "probably beaten"):
        word = "certainly" if base == "beaten" else "probably"
        said.append(f"The scenario as written is {word} beaten in both.")
    elif base != "not allowed":
        said.append("The scenario as written is one of them.")
    return said


def _how(found: Optimum) -> list[str]:
    tried = len(found.search.tried)
    question = found.question
    of = "All combinations" if found.search.complete else f"{tried:,} combinations"
    said = [f"{of} of the levers were tried on one set of customers, the candidates on others."]
    if question.robust:
        level = question.quantile
        what = "the mean" if level is None else f"the {100 * level:g} % quantile from the bad end"
        said.append(f"Every plan met the same {question.robust} sampled worlds; {what} counts.")
    elif found.uncertain:
        several = found.uncertain > 1
        what = f"{found.uncertain} uncertain values" if several else "uncertain value"
        said.append(
            f"The {what} stood as the scenario has {'them' if several else 'it'}; --robust N lets "
            "every plan meet N worlds, sampled from what is possible."
        )
    named = {one.outcome for one in question.constraints} | set(question.outcomes)
    if "lowest_cash" in named:
        said.append(
            f"lowest_cash is that of the {found.market:,} customers of the scenario, scaled from "
            "those simulated."
        )
    if BUDGET in named:
        said.append("budget is what the scenario plans to spend in channels with a budget.")
    said.append(f"{found.used:,} customers were simulated in all.")
    return said


def _plans(count: int) -> str:
    return "1 plan" if count == 1 else f"{count} plans"


def _confidence(found: Optimum) -> str:
    return f"{100 * found.effort.confidence:.4g} %"


def _plain(text: str) -> str:
    """Keep signs in sentences whole."""
    return text.replace(" -", f" {MINUS}")


def optimisation_tables(found: Optimum) -> list[Table]:
    """Give the candidates, then the best of what the search tried besides them."""
    return [candidates_table(found)]


def candidates_table(found: Optimum) -> Table:
    """One row a candidate, the best first; the scenario as written is marked.

    Values of a selection come from the customers that the candidate met before it was dropped:
    compare candidates by how far they are behind, which is on the same customers. What is not
    allowed was met by the search's customers alone.
    """
    goals, constraints = found.question.goals, found.question.constraints
    header = [*(lever.path for lever in found.levers)]
    columns = list(header)
    for goal in goals:
        header += [goal.outcome, "interval"] if found.pareto else [goal.outcome]
        columns += [goal.outcome, f"{goal.outcome}.low", f"{goal.outcome}.high"]
    if not found.pareto:
        header += ["behind the best", f"{_confidence(found)} interval"]
        columns += ["behind", "behind.low", "behind.high"]
    for one in constraints:
        header.append(_plain(one.text))
        columns += [one.text, f"{one.text} value", f"{one.text} bound"]
    header += ["customers", ""]
    columns += ["customers", "place", "as_written", "error"]
    order = sorted(found.candidates, key=lambda one: _rank(found, one))
    rows = tuple(_exact(found, one) for one in order)
    shown = tuple(_shown(found, one) for one in order)
    return Table(tuple(header), rows, shown, f"{found.name}: candidates", tuple(columns))


_PLACES = (
    "best", "left", "dropped", "on the front", "perhaps on the front", "probably beaten", "beaten",
    "not allowed",
)  # fmt: skip


def _rank(found: Optimum, one: Candidate) -> tuple[int, float]:
    place = _PLACES.index(one.place)
    if found.pareto:
        return place, one.values[0].value if one.values else 0.0
    return place, one.behind.value if math.isfinite(one.behind.value) else 0.0


def _exact(found: Optimum, one: Candidate) -> tuple[Cell, ...]:
    cells: list[Cell] = [_cell(value) for value in one.plan]
    for place in range(len(found.question.goals)):
        cells += one.values[place] if one.values else (math.nan,) * 3
    if not found.pareto:
        cells += one.behind
    for place in range(len(found.question.constraints)):
        judged = one.judgements[place] if one.judgements else ("", math.nan, math.nan)
        cells += judged
    return (*cells, one.replicates * found.batch, one.place, one.base, one.error)


def _cell(value: object) -> Cell:
    return value if value is None or isinstance(value, (int, float, str)) else setting(value)


def _shown(found: Optimum, one: Candidate) -> tuple[str, ...]:
    cells = [short(setting(value), 40) for value in one.plan]
    for place, goal in enumerate(found.question.goals):
        unit = found.units[goal.outcome]
        own = one.values[place] if one.values else None
        cells.append("" if own is None else amount(own.value, unit))
        if found.pareto:
            cells.append("" if own is None or math.isnan(own.low) else _between(own, unit))
    if not found.pareto:
        unit = found.units[found.question.goals[0].outcome]
        known = math.isfinite(one.behind.value)
        cells.append(amount(one.behind.value, unit) if known else "")
        cells.append(_between(one.behind, unit) if known else "")
    for place, constraint in enumerate(found.question.constraints):
        judged = one.judgements[place]
        unit = found.units[constraint.outcome]
        value = "never" if math.isnan(judged.value) else amount(judged.value, unit)
        word = "cannot tell at this size" if judged.state == "cannot tell" else judged.state
        cells.append(f"{word} ({value})")
    place_word = f"{one.place}, as written" if one.base else one.place
    return (*cells, f"{one.replicates * found.batch:,}", one.error or place_word)


def _between(interval: Interval, unit: str) -> str:
    return f"{amount(interval.low, unit)} to {amount(interval.high, unit)}"


def optimisation_csv(found: Optimum) -> str:
    """Every candidate, exact, one row each."""
    return candidates_table(found).to_csv()


def tried_value(found: Optimum, one: Tried, goal: int = 0) -> float:
    """Give a tried plan's value of a goal with its own sign."""
    return found.question.goals[goal].sign * one.score.values[goal]
