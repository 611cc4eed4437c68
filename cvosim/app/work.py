"""Numbers and figures of a state, one step after the other, so that each can be shown at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cvosim.app.limits import Limits
from cvosim.app.sources import Recent, Sources, key_of
from cvosim.app.state import State
from cvosim.app.turns import Token
from cvosim.experiment.compare import check_comparable
from cvosim.experiment.sides import Side, live, versus

if TYPE_CHECKING:
    from cvosim.experiment.compare import Comparison, Difference
    from cvosim.experiment.illustrated import CloseUp, Illustrated
    from cvosim.report.exhibit import Exhibit
    from cvosim.scenario import Scenario

KEPT = 4
"""Sides that are kept: those that many requests start from."""
KEPT_ROWS = 1_000_000
"""Rows of all of them together, at 200 bytes or so each."""


@dataclass
class Baseline:
    """The side that changes seldom, and its close-up once somebody has asked for it."""

    side: Side
    close_up: CloseUp | None = None


@dataclass(frozen=True)
class Answer:
    """What is known of a state as soon as both sides have lived."""

    baseline: Baseline
    variant: Side
    comparison: Comparison


class Work:
    """Computes what requests ask for; keeps the sides that they start from."""

    def __init__(self, sources: Sources, limits: Limits) -> None:
        self.sources = sources
        self.limits = limits
        rows = max(KEPT_ROWS, 2 * limits.customers)
        self._baselines: Recent[tuple[str, int, int], Baseline] = Recent(
            KEPT, rows, lambda one: len(one.side.table)
        )

    def answer(self, state: State, token: Token, *, every: bool = False) -> Answer:
        """Simulate and compare.

        Raises
        ------
        ScenarioError
            Something is wrong with the changes, or the two cannot be compared.
        StoppedError
            In between.
        """
        first, second = self.sources.pair(state)
        check_comparable([first, second])
        for scenario in (first, second):
            self.limits.check(scenario, state.customers)
        seed = first.seed if state.seed is None else state.seed
        size: dict[str, int] = {"customers": state.customers, "seed": seed}

        def baseline() -> Baseline:
            return Baseline(live(first, **size, progress=token.check))

        found = self._baselines.get((key_of(state.a), state.customers, seed), baseline)
        token.check()
        variant = live(second, **size, progress=token.check)
        token.check()
        only = None if every else main_metrics(found.side, variant)
        return Answer(found, variant, versus(found.side, [variant], only=only))

    def closer(self, answer: Answer, token: Token) -> Illustrated:
        """Look at what the figures show: the events of both sides.

        Raises
        ------
        StoppedError
            In between.
        """
        from cvosim.experiment.illustrated import close_up, illustrated

        token.check()
        baseline = answer.baseline
        if baseline.close_up is None:
            baseline.close_up = close_up(baseline.side, progress=token.check)
        variant = close_up(answer.variant, progress=token.check)
        token.check()
        sides = [baseline.side, answer.variant]
        return illustrated(sides, [baseline.close_up, variant], answer.comparison)

    def exhibits(self, answer: Answer, token: Token) -> tuple[Exhibit, ...]:
        """Prepare every figure of the report, ready to be drawn.

        Raises
        ------
        StoppedError
            In between.
        """
        from cvosim.report.exhibits import exhibits_of

        return exhibits_of(self.closer(answer, token))


def main_metrics(*sides: Side) -> set[str]:
    """Return the metrics that the page shows: those that ``cvosim compare`` prints."""
    from cvosim.report.text import is_main

    return {name for side in sides for name in side.metrics if is_main(name)}


def rows_of(comparison: Comparison) -> Iterator[dict[str, Any]]:
    """Write the differences: as ``cvosim compare`` prints them, and exactly."""
    from cvosim.report.text import comparison_tables

    (variant,) = comparison.variants
    found = comparison.differences[variant]
    table = comparison_tables(comparison)[0]
    for name, a, b, difference, interval, star, _, unit in table.shown:
        yield {
            "metric": name,
            "label": label_of(name),
            "unit": unit,
            "a": a,
            "b": b,
            "difference": difference,
            "interval": interval,
            "significant": bool(star),
            "exact": _exact(found[name]),
        }


def _exact(one: Difference) -> dict[str, Any]:
    plain: Mapping[str, Any] = one.to_dict()
    return {key: plain[key] for key in ("baseline", "variant", "difference", "low", "high")}


def label_of(metric: str) -> str:
    """Write a metric's name for people.

    Examples
    --------
    >>> label_of("conversion.core_offer"), label_of("aov"), label_of("net_cac")
    ('Conversion: core offer', 'Average order', 'Net CAC')
    """
    from cvosim.report.documents.key_numbers import KEY

    family, _, about = metric.partition(".")
    if metric in KEY:
        return KEY[metric]
    words = " ".join(word.upper() if word in _SHORT else word for word in family.split("_"))
    label = words[:1].upper() + words[1:]
    return f"{label}: {about.replace('_', ' ')}" if about else label


_SHORT = frozenset({"cac", "clv", "ltv", "aov", "nps"})


def early_exhibits(answer: Answer) -> tuple[Exhibit, ...]:
    """Return the figures that need no events: they are drawn while those are simulated."""
    from cvosim.report import figures

    found = _without_events(answer)
    drawn = (
        figures.funnel_exhibit(found),
        *figures.value_waterfall_exhibits(found),
        figures.channels_exhibit(found),
        figures.return_path_exhibit(found),
        figures.referral_exhibit(found),
    )
    return tuple(one for one in drawn if one is not None)


def _without_events(answer: Answer) -> Illustrated:
    from cvosim.experiment.illustrated import Illustrated

    sides = (answer.baseline.side, answer.variant)
    return Illustrated(
        scenarios=tuple(_as_simulated(side) for side in sides),
        metrics={side.name: side.metrics for side in sides},
        manifests={side.name: side.manifest for side in sides},
        portraits={},
        comparison=answer.comparison,
        stages={},
    )


def _as_simulated(side: Side) -> Scenario:
    found = side.manifest
    return side.scenario.model_copy(update={"customers": found.n_customers, "seed": found.seed})
