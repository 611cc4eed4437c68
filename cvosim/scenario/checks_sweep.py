"""Checks of the sweep: its paths, its laws, its design."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from math import prod

from cvosim.scenario.raw import Issue, Raw, section, values
from cvosim.scenario.references import Loc, number
from cvosim.scenario.sweep import MOST_POINTS

_HERE: Loc = ("sweep",)
_ROLES = ("levers", "uncertainties")
_FIXED = {
    "seed": "chooses the luck of the whole sweep; `replicates` runs each point more than once",
    "customers": "is the same for all points; write it as `customers` of the sweep",
}
_WORDS = ("schema_version", "name", "description", "currency", "experiment", "sweep", "variants")


def sweep_issues(data: Raw) -> Iterator[Issue]:
    """Find what does not fit together in the sweep."""
    if not isinstance(data.get("sweep"), Mapping):
        return
    sweep = section(data, "sweep")
    yield from _paths(sweep)
    for path, lever in section(sweep, "levers").items():
        if isinstance(lever, Mapping):
            yield from _range((*_HERE, "levers", path), lever)
        elif isinstance(lever, list | tuple):
            yield from _repeated((*_HERE, "levers", path), lever)
    for path, law in section(sweep, "uncertainties").items():
        if isinstance(law, Mapping):
            yield from _law((*_HERE, "uncertainties", path), law)
    yield from _design(sweep)
    yield from _outcomes(sweep)


def _paths(sweep: Raw) -> Iterator[Issue]:
    taken: list[tuple[str, str]] = []
    for role in _ROLES:
        for path in section(sweep, role):
            loc, top = (*_HERE, role, path), path.partition(".")[0]
            if path in _FIXED:
                yield Issue(loc, _FIXED[path], of_key=True)
            elif top in _WORDS:
                message = f"{top} changes nothing that is simulated; leave it out here"
                yield Issue(loc, message, of_key=True)
            for other, its_role in taken:
                if path == other:
                    message = "is a lever already; a path is decided or uncertain, not both"
                    yield Issue(loc, message, of_key=True)
                elif f"{path}.".startswith(f"{other}.") or f"{other}.".startswith(f"{path}."):
                    above, below = sorted((path, other), key=len)
                    message = f"{above} holds {below}, which {its_role} change"
                    message = message if below == other else f"is part of {above} in {its_role}"
                    yield Issue(loc, f"{message}; one would undo the other", of_key=True)
            taken.append((path, role))


def _repeated(loc: Loc, lever: Sequence[object]) -> Iterator[Issue]:
    """Find values that a list has twice; 1 and 1.0 are one value."""
    seen: set[str] = set()
    for index, value in enumerate(lever):
        key = _key(value)
        if key in seen:
            text = value if isinstance(value, str) else json.dumps(value, default=str)
            text = text if len(text) <= 40 else f"{text[:37]}..."
            yield Issue((*loc, index), f"{text} stands there twice")
        seen.add(key)


def _key(value: object) -> str:
    """Write a value so that equal ones, and no others, look alike."""
    if isinstance(value, Mapping):
        return f"{{{', '.join(sorted(f'{key!r}: {_key(item)}' for key, item in value.items()))}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_key, value))}]"
    plain = number(value)
    return repr(value if plain is None or plain != value else plain)


def _range(loc: Loc, lever: Raw) -> Iterator[Issue]:
    low, high, step = (number(lever.get(key)) for key in ("low", "high", "step"))
    yield from _above(loc, low, high)
    if low is None or high is None or step is None or step <= 0:
        return
    if 0 < high - low < step:
        message = f"is wider than from low to high, {high - low:g} (got {step:g})"
        yield Issue((*loc, "step"), message)
    elif (high - low) / step > 10_000:
        message = f"makes {(high - low) / step:,.0f} values; at most 10,000 are possible"
        yield Issue((*loc, "step"), message)


def _above(loc: Loc, low: float | None, high: float | None) -> Iterator[Issue]:
    if low is not None and high is not None and not low < high:
        yield Issue((*loc, "high"), f"must be above low, {low:g} (got {high:g})")


def _law(loc: Loc, law: Raw) -> Iterator[Issue]:
    low, high = number(law.get("low")), number(law.get("high"))
    kind = law.get("kind")
    if kind == "beta":
        low = 0.0 if "low" not in law else low
        high = 1.0 if "high" not in law else high
    yield from _above(loc, low, high)
    mode = number(law.get("mode"))
    if kind == "triangular" and None not in (low, mode, high):
        assert low is not None
        assert mode is not None
        assert high is not None
        if low < high and not low <= mode <= high:
            message = f"must be between low and high, {low:g} and {high:g} (got {mode:g})"
            yield Issue((*loc, "mode"), message)
    if kind == "normal":
        yield from _cut(loc, law, low, high)
    if kind == "choice":
        yield from _weights(loc, law)


def _cut(loc: Loc, law: Raw, low: float | None, high: float | None) -> Iterator[Issue]:
    """Find bounds that leave nothing of a normal law but its far tail."""
    mean, sd = number(law.get("mean")), number(law.get("sd"))
    if mean is None or sd is None or sd <= 0:
        return
    if low is not None and (low - mean) / sd > 8:
        message = f"leaves next to nothing: it is {(low - mean) / sd:.3g} sd above the mean"
        yield Issue((*loc, "low"), message)
    if high is not None and (mean - high) / sd > 8:
        message = f"leaves next to nothing: it is {(mean - high) / sd:.3g} sd below the mean"
        yield Issue((*loc, "high"), message)


def _weights(loc: Loc, law: Raw) -> Iterator[Issue]:
    stated, count = law.get("weights"), len(values(law, "values"))
    if not isinstance(stated, list | tuple):
        return
    weights = [number(weight) for weight in stated]
    if len(weights) != count:
        message = f"must have one number for each of the {count} values (got {len(weights)})"
        yield Issue((*loc, "weights"), message)
    elif weights and not any(weights):
        yield Issue((*loc, "weights"), "are all 0; one at least must be above 0")


def _design(sweep: Raw) -> Iterator[Issue]:
    design = section(sweep, "design")
    kind, loc = design.get("kind", "grid"), (*_HERE, "design")
    points = number(design.get("points"))
    if kind == "sobol" and points is not None and points >= 1 and points == int(points):
        below = 1 << (int(points).bit_length() - 1)
        if below != points:
            message = (
                f"a Sobol sequence is balanced at powers of two only: write {below} or "
                f"{2 * below} (got {points:g})"
            )
            yield Issue((*loc, "points"), message)
    cross = sweep.get("cross") is True
    if cross and kind == "list":
        yield Issue((*_HERE, "cross"), "a list says itself which points there are; leave it out")
    elif kind == "grid" or (cross and points is not None):
        count = points_of(sweep)
        if count > MOST_POINTS:
            message = f"makes {count:,} points; at most {MOST_POINTS:,} are possible"
            place = loc if "design" in sweep else _HERE
            yield Issue(place, message)


def points_of(sweep: Raw) -> int:
    """Count the points of a raw sweep's grid, or of its levers' grid times its points.

    Examples
    --------
    >>> points_of({"levers": {"a": [1, 2], "b": {"low": 0, "high": 1, "step": 0.25}}})
    10
    """
    design = section(sweep, "design")
    levels = max(int(number(design.get("levels", 3)) or 0), 1)
    counts = [_values_of(lever, levels) for lever in section(sweep, "levers").values()]
    if design.get("kind", "grid") == "grid":
        counts += [_values_of(law, levels) for law in section(sweep, "uncertainties").values()]
    else:
        counts.append(int(number(design.get("points")) or 1))
    return prod(counts)


def _values_of(factor: object, levels: int) -> int:
    if isinstance(factor, Mapping):
        low, high, step = (number(factor.get(key)) for key in ("low", "high", "step"))
        if factor.get("kind") == "choice":
            return max(len(values(factor, "values")), 1)
        if low is not None and high is not None and step is not None and step > 0:
            return max(int((high - low) / step * (1 + 1e-12)) + 1, 1)
        return levels
    return max(len(factor), 1) if isinstance(factor, Sequence) else 1


def _outcomes(sweep: Raw) -> Iterator[Issue]:
    seen: set[object] = set()
    for index, word in enumerate(values(sweep, "outcomes")):
        if isinstance(word, str) and word in seen:
            yield Issue((*_HERE, "outcomes", index), f'"{word}" is listed twice')
        elif isinstance(word, str):
            seen.add(word)
