"""What levers are set to, as the sentences, tables and pictures of an optimisation say it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from cvosim.experiment.insight.words import listed, minus
from cvosim.experiment.optimisation.levers import is_number
from cvosim.report import settings_text
from cvosim.report.style import short

if TYPE_CHECKING:
    from cvosim.experiment.optimisation.levers import Plan
    from cvosim.experiment.optimisation.result import Optimum


def setting(value: object, others: Sequence[object] = ()) -> str:
    """Write what a lever is set to: a number in full, a section by its name.

    Parameters
    ----------
    value : object
    others : sequence
        What else it may be: where that would be called the same, what differs is said too.

    Examples
    --------
    >>> setting(19.0), setting(None), setting(27.385), setting(12500.0)
    ('19', 'none', '27.385', '12,500')
    >>> guard = {"name": "guard", "price": 79}
    >>> setting(guard), setting(guard, [{"name": "guard", "price": 49}])
    ('with guard', 'with guard {price: 79}')
    """
    return _told(value, others, settings_text.setting)


def label(value: object, others: Sequence[object] = ()) -> str:
    """Write the same for an axis, or after "to": a section by its name alone.

    Examples
    --------
    >>> label({"name": "guard", "price": 79}), label(None)
    ('guard', 'none')
    """
    return _told(value, others, lambda one: settings_text.label(one, 40))


def _told(value: object, others: Sequence[object], words: Callable[[object], str]) -> str:
    if is_number(value):
        return minus(f"{value:,.10g}")
    text = words(value)
    alike = [other for other in others if other != value and words(other) == text]
    if not alike:
        return text
    from cvosim.scenario.yaml_writer import flow_text

    if not isinstance(value, Mapping):
        return short(flow_text(value), 60)
    own = {
        key: item
        for key, item in value.items()
        if any(not isinstance(one, Mapping) or one.get(key) != item for one in alike)
    }
    return f"{text} {short(flow_text(own), 60)}"


def other_values(found: Optimum, place: int) -> list[object]:
    """Give all that a lever was set to."""
    plans = [one.plan for one in found.candidates] + [one.plan for one in found.search.tried]
    return [plan[place] for plan in plans]


def settings(found: Optimum, plan: Plan, than: Plan) -> str:
    """Write where a plan differs from another, as in a sentence."""
    return listed(
        [
            f"{lever.path} to {label(value, other_values(found, place))}"
            for place, (lever, value) in enumerate(zip(found.levers, plan, strict=True))
            if value != than[place]
        ]
    )
