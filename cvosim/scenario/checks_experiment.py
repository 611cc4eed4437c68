"""Checks of the experiment: its arms, where they are assigned, what is measured and when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from math import fsum, isclose

from cvosim.scenario.checks_journey import names_once
from cvosim.scenario.outcome_names import ARRIVAL, ORDER, Outcome, outcome_of, outcome_problem
from cvosim.scenario.raw import Issue, Raw, items, nearest, section, values, walked
from cvosim.scenario.references import SINGLE_STAGES, Loc, number

_HERE: Loc = ("experiment",)
MOST_ARMS = 16
_COMMON = (
    *("schema_version", "name", "description", "currency", "horizon_days", "customers", "seed"),
    *("calendar", "seasonality", "economics", "experiment", "sweep", "channels", "market"),
)
"""What must be the same in all arms: customers cannot be assigned to other people or other days."""


def experiment_issues(data: Raw) -> Iterator[Issue]:
    """Find what does not fit together in the experiment."""
    experiment = section(data, "experiment")
    if not isinstance(data.get("experiment"), Mapping):
        return
    yield from _arms(experiment)
    yield from _changed_paths(experiment)
    yield from _place(experiment, data)
    yield from _metrics(experiment, data)
    yield from _days(experiment, data)
    yield from _looks(section(experiment, "looks"))
    yield from _ramp(experiment)


def _arms(experiment: Raw) -> Iterator[Issue]:
    arms, factors = items(experiment, "arms"), items(experiment, "factors")
    if arms and factors:
        yield Issue((*_HERE, "factors"), "has arms already; write arms or factors, not both")
    if not factors and len(values(experiment, "arms")) < 2:
        place = (*_HERE, "arms") if "arms" in experiment else _HERE
        yield Issue(place, "needs at least two arms, control first")
    yield from names_once((*_HERE, "arms"), arms)
    yield from _shares((*_HERE, "arms"), arms)
    yield from names_once((*_HERE, "factors"), factors)
    count = 1
    for index, factor in factors:
        levels = items(factor, "levels")
        count *= len(levels)
        yield from names_once((*_HERE, "factors", index, "levels"), levels)
        yield from _shares((*_HERE, "factors", index, "levels"), levels)
    looks = section(experiment, "looks").get("kind", "none")
    if factors and looks != "none":
        message = "several factors at once are looked at once, at the end: write {kind: none}"
        yield Issue((*_HERE, "looks"), message)
    if factors and count > MOST_ARMS:
        message = f"make {count} arms, one for each combination; at most {MOST_ARMS} are possible"
        yield Issue((*_HERE, "factors"), message)


def _shares(loc: Loc, arms: list[tuple[int, Raw]]) -> Iterator[Issue]:
    stated = [(index, number(arm.get("share"))) for index, arm in arms]
    shares = [share for _, share in stated if share is not None]
    if len(shares) < 1 or any(share < 0 or share > 1 for share in shares):
        return
    total, parts = fsum(shares), tuple((*loc, i, "share") for i, s in stated if s is not None)
    if len(shares) == len(arms) and not isclose(total, 1.0, abs_tol=1e-9):
        yield Issue(loc, f"the shares must add to 1 (they add to {total:g})", parts)
    elif len(shares) < len(arms) and total > 1.0 - 1e-9:
        message = f"the shares stated leave nothing for the other arms (they add to {total:g})"
        yield Issue(loc, message, parts)
    for index, share in stated:
        if share == 0:
            yield Issue((*loc, index, "share"), "must be above 0: an arm without customers is none")


def _changed_paths(experiment: Raw) -> Iterator[Issue]:
    """Find changes of what all arms share, and paths that two factors change."""
    for loc, arm in arm_sections(experiment):
        for path in section(arm, "changes"):
            top = str(path).partition(".")[0]
            if top in _COMMON:
                message = f"{top} is the same in all arms; an arm changes the journey"
                yield Issue((*loc, "changes", path), message, of_key=True)
    taken: dict[str, str] = {}
    for index, factor in items(experiment, "factors"):
        name, mine = str(factor.get("name")), set[str]()
        for position, level in items(factor, "levels"):
            for path in section(level, "changes"):
                rival = next((other for other in taken if _meet(other, str(path))), None)
                if rival is not None:
                    loc = (*_HERE, "factors", index, "levels", position, "changes", path)
                    message = f"the factor {taken[rival]} changes {rival} already"
                    yield Issue(loc, message, of_key=True)
                mine.add(str(path))
        taken.update(dict.fromkeys(mine, name))


def arm_sections(experiment: Raw) -> Iterator[tuple[Loc, Raw]]:
    """Go through everything with changes: arms, and levels of factors."""
    for index, arm in items(experiment, "arms"):
        yield (*_HERE, "arms", index), arm
    for index, factor in items(experiment, "factors"):
        for position, level in items(factor, "levels"):
            yield (*_HERE, "factors", index, "levels", position), level


def _meet(one: str, other: str) -> bool:
    return f"{one}.".startswith(f"{other}.") or f"{other}.".startswith(f"{one}.")


def _place(experiment: Raw, data: Raw) -> Iterator[Issue]:
    place = experiment.get("assign_at", ARRIVAL)
    stages = [key for key, _, _ in walked(data)]
    if isinstance(place, str) and place not in (ARRIVAL, ORDER, *stages):
        known = [ARRIVAL, ORDER, *stages]
        listing = f"; there are: {', '.join(known)}"
        message = f'no stage that customers come to has the key "{place}"'
        yield Issue((*_HERE, "assign_at"), message + (nearest(place, known) or listing))


def _metrics(experiment: Raw, data: Raw) -> Iterator[Issue]:
    stages, billing = _stages_of_arms(experiment, data)
    follow = number(experiment.get("follow_days"))
    words: list[tuple[Loc, object]] = [
        ((*_HERE, "metrics", i), word) for i, word in enumerate(values(experiment, "metrics"))
    ]
    seen: set[str] = set()
    for loc, word in words:
        if isinstance(word, str) and word in seen:
            yield Issue(loc, f'"{word}" is listed twice')
        seen |= {word} if isinstance(word, str) else set()
    for index, guardrail in items(experiment, "guardrails"):
        words.append(((*_HERE, "guardrails", index, "metric"), guardrail.get("metric")))
    for loc, word in words:
        if isinstance(word, str):
            message = outcome_problem(word, stages, billing, follow) or _no_metric(word)
            message = message or _decided_before(word, experiment, data)
            if message:
                yield Issue(loc, message)
    covariate = experiment.get("covariate")
    if isinstance(covariate, str):
        found = outcome_of(covariate)
        if not isinstance(found, Outcome) or found.kind != "before":
            known = ["before.contribution", "before.revenue", "before.cost", "before.orders"]
            near = nearest(covariate, known) or f"; there are: {', '.join(known)}"
            message = f'"{covariate}" is no outcome of the time before assignment{near}'
            yield Issue((*_HERE, "covariate"), message)


def _no_metric(word: str) -> str | None:
    found = outcome_of(word)
    kind = found.kind if isinstance(found, Outcome) else ""
    if kind == "before":
        return f'"{word}" was settled before the assignment; write it as covariate'
    if kind == "survival":
        return (
            f'"{word}": only subscribers have it, and arms may differ in who subscribes; write '
            f"cancelled.{word.partition('.')[2]} or retention.DAY"
        )
    return None


def _decided_before(word: str, experiment: Raw, data: Raw) -> str | None:
    """Say that a stage lies before the assignment, if it does."""
    found, order = outcome_of(word), [key for key, _, _ in walked(data)]
    place = experiment.get("assign_at", ARRIVAL)
    if not isinstance(found, Outcome) or found.kind != "conversion":
        return None
    if place in order and found.about in order and order.index(found.about) < order.index(place):
        return f'"{word}" is settled before customers are assigned at {place}'
    return None


def _stages_of_arms(experiment: Raw, data: Raw) -> tuple[list[str], list[str]]:
    """Stages, and those that bill, of the journey as written or as an arm makes it."""
    stages = {key: offer for key, _, offer in walked(data)}
    for _, arm in arm_sections(experiment):
        for path, value in section(arm, "changes").items():
            parts = str(path).split(".")
            if not isinstance(value, Mapping) or parts[:1] != ["journey"]:
                continue
            if len(parts) == 2 and parts[1] in SINGLE_STAGES:
                stages.setdefault(parts[1], value)
            elif len(parts) == 3 and parts[1] == "profit_maximizers":
                stages.setdefault(parts[2], value)
    billing = [key for key, offer in stages.items() if offer.get("kind") == "subscription"]
    return list(stages), billing


def _days(experiment: Raw, data: Raw) -> Iterator[Issue]:
    horizon = number(data.get("horizon_days"))
    parts = [number(experiment.get(key, 0.0)) for key in ("start_day", "enrol_days", "follow_days")]
    known = [part for part in parts if part is not None]
    if horizon is not None and len(known) == 3 and fsum(known) > horizon > 0:
        message = (
            f"start_day, enrol_days and follow_days add to {fsum(known):g} days, beyond the "
            f"horizon_days of {horizon:g}: the last customers could not be followed to the end"
        )
        yield Issue((*_HERE, "follow_days"), message)


def _looks(looks: Raw) -> Iterator[Issue]:
    at = [number(part) for part in values(looks, "at")]
    if looks.get("kind") != "fractions" or None in at or not at:
        return
    for position in range(1, len(at)):
        before, after = at[position - 1], at[position]
        if before is not None and after is not None and after <= before:
            loc = (*_HERE, "looks", "at", position)
            message = f"looks must rise: {after:g} comes after {before:g}; list them in order"
            yield Issue(loc, message)
            return
    if at[-1] is not None and at[-1] < 1:
        last = (*_HERE, "looks", "at", len(at) - 1)
        yield Issue(last, f"the last look must be 1, at the end (got {at[-1]:g})")


def _ramp(experiment: Raw) -> Iterator[Issue]:
    days = [number(step.get("from_day")) for _, step in items(experiment, "ramp")]
    for position, (before, after) in enumerate(pairwise(days), 1):
        if before is not None and after is not None and after <= before:
            loc = (*_HERE, "ramp", position, "from_day")
            yield Issue(loc, f"days must rise: {after:g} comes after {before:g}")
    if days and days[0] is not None and days[0] > 0:
        loc = (*_HERE, "ramp", 0, "from_day")
        yield Issue(loc, f"the first step must be from day 0 (got {days[0]:g})")
