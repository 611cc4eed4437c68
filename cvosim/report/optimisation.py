"""What to set the levers to, in plain English and in tables."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from cvosim.experiment.insight.words import amount, listed
from cvosim.experiment.optimisation.constraints import BUDGET
from cvosim.experiment.optimisation.levers import is_number
from cvosim.experiment.optimisation.question import DEFAULT_OUTCOME
from cvosim.report.optimisation_settings import setting, settings
from cvosim.report.optimisation_table import minus_signs

if TYPE_CHECKING:
    from cvosim.experiment.optimisation.result import Optimum
    from cvosim.experiment.optimisation.search import Tried

EDGE = 0.02
"""As near to an end of its range, in shares of it, a lever is said to be at the end."""


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
        said.append(f"It meets {minus_signs(texts)}, with {_confidence(found)} confidence.")
        if found.base.state != "met":
            words = "does not" if found.base.state == "not met" else "cannot be shown to"
            said.append(f"The scenario as written {words}.")
        said.append(_forgone(found))
    return [*said, *_at_the_edge(found)]


def _forgone(found: Optimum) -> str:
    """Say what the constraints cost, by the search, and which of them do."""
    best, other = found.best, found.forgone()
    assert best is not None
    if other is None:
        return "No plan that the conditions keep out looked better in the search."
    goal = found.question.goals[0]
    more = other.score.values[0] - found.searched(best.plan).score.values[0]
    return (
        f"Without the conditions, setting {settings(found, other.plan, best.plan)} would look "
        f"{_size(more, found.units[goal.outcome])} better in the search; "
        f"{_keeping_out(found, other)} rules it out."
    )


def _keeping_out(found: Optimum, other: Tried) -> str:
    """Name the constraints that bind: those that a better plan does not meet, or not surely."""
    constraints = found.question.constraints
    judged = next((one.judgements for one in found.candidates if one.plan == other.plan), ())
    if judged:
        unmet = [one.state != "met" for one in judged]
    else:
        unmet = [not one <= 0.0 for one in other.score.violations]
    texts = [one.text for one, bad in zip(constraints, unmet, strict=False) if bad]
    return minus_signs(" with ".join(texts)) or "an error"


def _size(value: float, unit: str) -> str:
    return amount(value, unit, sign=unit == "share").lstrip("+")


def _in_worlds(found: Optimum) -> str:
    """Say over which worlds a value is taken."""
    worlds, level = found.question.robust, found.question.quantile
    if not worlds:
        return ""
    if level is None:
        return f" on average over {worlds} sampled worlds"
    which = f"the {100 * level:g} % quantile of {worlds}"
    return f" in bad worlds ({which})" if level < 0.5 else f" at {which} sampled worlds"


def _earns(found: Optimum) -> str:
    gain, goal = found.gain, found.question.goals[0]
    assert gain is not None
    unit = found.units[goal.outcome]
    sign = goal.sign
    low, high = sorted((sign * gain.low, sign * gain.high))
    between = f"{amount(low, unit, sign=True)} to {amount(high, unit, sign=True)}"
    now = f"{amount(gain.winner, unit)} in place of {amount(gain.base, unit)}"
    new = f"{gain.replicates * gain.customers:,} customers who are new to both"
    more = _size(abs(gain.value), unit)
    if goal.outcome == DEFAULT_OUTCOME:
        what = f"it earns {more} {'more' if gain.value >= 0 else 'less'} a prospect"
    else:
        up = (gain.value >= 0) == goal.maximise
        what = f"{goal.outcome} is {more} {'higher' if up else 'lower'}"
    doubt = "" if gain.low > 0.0 or gain.high < 0.0 else " That it differs at all is not certain."
    assert found.best is not None
    changes = settings(found, found.best.plan, found.base.plan)
    interval = "rough interval" if found.uneven else f"{_confidence(found)} interval"
    return (
        f"Set {changes}: {what}{_in_worlds(found)} than with the scenario as written ({now}; "
        f"{interval} {between}, on {new}).{doubt}{_roughly(found)}"
    )


def _roughly(found: Optimum) -> str:
    """Say that an interval may miss too often, if there is no selection that says it anyway."""
    if found.gain is None or not found.gain.uneven or found.selection is not None:
        return ""
    return (
        f" A few customers bring most of the difference, so that {_confidence(found)} does not "
        "hold for this interval; take more customers."
    )


def _keep(found: Optimum) -> str:
    outcome = found.question.goals[0].outcome
    others = len(found.candidates) - 1
    return (
        f"Leave the levers as they are: of {others} other candidates none that is allowed has a "
        f"better {outcome}{_in_worlds(found)} than the scenario as written."
    )


def _sureness(found: Optimum) -> list[str]:
    selection = found.selection
    if selection is None:
        one = "It is the only candidate that surely meets the constraints"
        return [f"{one}." if found.question.constraints else "There was no other candidate."]
    goal = found.question.goals[0]
    delta = _size(found.indifference, found.units[goal.outcome])
    among = f"the best of {len(selection.means)} candidates"
    if found.uneven:
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
    said = [
        f"No plan was found that surely meets {minus_signs(listed([c.text for c in constraints]))}."
    ]
    for place, constraint in enumerate(constraints):
        known = [one for one in found.candidates if len(one.judgements) > place]
        count = sum(one.judgements[place].state == "met" for one in known)
        if count:
            said.append(
                f"{minus_signs(constraint.text)}: {count} of {len(known)} candidates meet it."
            )
            continue
        unsure = sum(one.judgements[place].state == "cannot tell" for one in known)
        values = [one.judgements[place].value for one in known]
        reached = [value for value in values if math.isfinite(value)]
        near = min(reached, key=lambda x: abs(x - constraint.bound), default=math.nan)
        unit = found.units[constraint.outcome]
        words = f"the nearest has {amount(near, unit)}" if reached else "none has a value at all"
        more = f", and for {unsure} it cannot be told at this size" if unsure else ""
        said.append(f"{minus_signs(constraint.text)}: no candidate surely meets it; {words}{more}.")
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
