"""The report of a simulated split test: what it says, and what is true."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from cvosim.report.document import Document, Section
from cvosim.report.documents.names import keys_of
from cvosim.report.documents.shared import figure_table, made_of, settings_table
from cvosim.report.exhibit import Exhibit
from cvosim.report.experiment import Words, experiment_verdict
from cvosim.report.experiment_picture import boundaries_of, forest, forest_of, watching, watching_of
from cvosim.report.experiment_tables import findings_table, looks_table, sizes_table
from cvosim.report.figures.boundaries import boundaries
from cvosim.report.tables import Table

if TYPE_CHECKING:
    from cvosim.experiment.trials.design import TrialDesign
    from cvosim.experiment.trials.findings import Finding
    from cvosim.experiment.trials.split import SplitResult

TRUTH = (
    "A dot is an estimate with its interval; the diamond is the truth, which only a simulation "
    "knows."
)
HOLDS = "Each interval holds at all looks together, so that looking often deceives nobody."
BOUNDS = (
    "A look that falls into a hatched part stops the test. How far it is from 0 is counted in "
    "standard errors, so that early looks, which know little, must show more."
)


def experiment_document(done: SplitResult, made: Mapping[str, object] | None = None) -> Document:
    """Put the report of a split test together.

    Parameters
    ----------
    done : SplitResult
    made : mapping, optional
        How it was made, as `made_of` says it.

    Returns
    -------
    Document

    Examples
    --------
    >>> from cvosim.experiment.trials.split import SplitTest
    >>> from cvosim.scenario import load_experiment
    >>> done = SplitTest.of(load_experiment("tripwire_price_test")).run(customers=20_000)
    >>> [section.title for section in experiment_document(done).sections]
    ['What it found', 'Look by look', 'Who was enrolled']
    """
    verdict = experiment_verdict(done)
    words = Words(done.currency, done.design.assign_at)
    return Document(
        f"{done.design.name}: a split test, the truth beside it",
        verdict,
        (
            Section("What it found", TRUTH, _effects(done, words), tuple(_findings(done))),
            *_looked(done, words),
            Section("Who was enrolled", "", (), (sizes_table(done),)),
        ),
        (design_table(done.design, done.arms),),
        dict(made or made_of(seed=done.seed, customers=done.customers)),
        {"verdict": verdict, **done.to_dict()},
    )


def design_table(design: TrialDesign, arms: tuple[str, ...]) -> Table:
    """List what was planned.

    Parameters
    ----------
    design : TrialDesign
    arms : tuple of str
        Names, control first.
    """
    shares = (f"{arm} {100 * one:.4g} %" for arm, one in zip(arms, design.shares, strict=True))
    guards = (
        f"{one.metric} (by {100 * one.margin.size:g} %)"
        if one.margin.relative
        else f"{one.metric} (by {one.margin.size:g})"
        for one in design.guards
    )
    return settings_table(
        "The test as planned",
        {
            "metrics, the first decides": ", ".join(design.metrics),
            "arms": ", ".join(shares),
            "assigned at": design.assign_at,
            "first day": design.start_day,
            "days of enrolment": design.enrol_days,
            "days that each is followed": design.follow_days,
            "enrolled step by step": ", ".join(
                f"{100 * part:g} % from day {day:g}" for day, part in design.ramp
            ),
            "looks": design.looks,
            "how looks share the error rate": design.spending if design.looks != "none" else "",
            "error rate": f"{100 * design.alpha:.4g} %",
            "covariate": design.covariate,
            "must not get worse": ", ".join(guards),
        },
    )


def _findings(done: SplitResult) -> list[Table]:
    tables = [findings_table(done.findings, "Every estimate with its truth")]
    if done.contrasts:
        title = "Factors: main effects and interactions"
        tables.insert(0, findings_table(done.contrasts, title))
    return tables


def _effects(done: SplitResult, words: Words) -> tuple[Exhibit, ...]:
    """One forest a metric."""
    shown = done.contrasts or done.findings
    metrics = list(dict.fromkeys(one.effect.metric for one in shown))
    exhibits = []
    for key, metric in zip(keys_of("effect", metrics), metrics, strict=True):
        some = [one for one in shown if one.effect.metric == metric]
        exhibits.append(
            Exhibit(
                key,
                f"Effect on {metric}",
                " ".join(_said(one, words) for one in some),
                forest,
                forest_of(shown, metric, done.currency),
                findings_table(some),
            )
        )
    return tuple(exhibits)


def _said(one: Finding, words: Words) -> str:
    e = one.effect
    who = f"{one.factor}, {e.treatment}" if one.factor else f"{e.treatment} against {e.control}"
    return (
        f"{who}: {words.change(e.metric, e.difference)} in {e.metric} "
        f"({100 * e.level:.4g} % interval {words.range(e.metric, e.low, e.high)}); "
        f"the truth is {words.change(e.metric, one.truth.value)}."
    )


def _looked(done: SplitResult, words: Words) -> list[Section]:
    """Looks at each treatment, where there were several."""
    arms = [arm for arm, one in done.watched.items() if len(one.looks) > 1]
    exhibits: list[Exhibit] = []
    for arm, key, other in zip(arms, keys_of("looks", arms), keys_of("bounds", arms), strict=True):
        exhibits += [_watching(done, arm, key, words), _boundaries(done, arm, other)]
    return [Section("Look by look", "", tuple(exhibits))] if exhibits else []


def _watching(done: SplitResult, arm: str, key: str, words: Words) -> Exhibit:
    metric, seen = done.design.metrics[0], done.watched[arm]
    rows, shown = [], []
    for place, look in enumerate(seen.looks, 1):
        e = look.effect
        rows.append((place, look.day, e.difference, e.low, e.high))
        change = words.change(metric, e.difference)
        shown.append((f"{place}", f"{look.day:.0f}", change, words.range(metric, e.low, e.high)))
    at = seen.decided
    when = f"look {seen.stopped + 1}, on day {at.day:.0f}"
    stop = f"It was decided at {when}" if at.crossed else f"No look decided; at the last, {when}"
    alt = (
        f"{arm} less {done.arms[0]} in {metric}, at {len(seen.looks)} looks from day "
        f"{seen.looks[0].day:.0f} to day {seen.looks[-1].day:.0f}. {stop}: "
        f"{words.change(metric, at.effect.difference)} "
        f"(interval {words.range(metric, at.effect.low, at.effect.high)}). The truth is "
        f"{words.change(metric, done.finding(metric, arm).truth.value)}."
    )
    table = figure_table(("look", "day", "difference", "interval over all looks"), rows, shown)
    data = watching_of(done, arm)
    return Exhibit(key, data.title, alt, watching, data, table, HOLDS)


def _boundaries(done: SplitResult, arm: str, key: str) -> Exhibit:
    data, seen = boundaries_of(done, arm), done.watched[arm]
    z, bound = seen.decided.effect.statistic, seen.decided.bound
    if data.decided is None:
        end = (
            f"No look reaches its bound; the last one is {z:+.2f} standard errors from 0, and its "
            f"bound is {bound:.2f}."
        )
    else:
        end = (
            f"Look {data.decided + 1}, on day {seen.decided.day:.0f}, reaches its bound: it is "
            f"{z:+.2f} standard errors from 0, and its bound is {bound:.2f} ({data.decision})."
        )
    alt = (
        f"{len(data.days)} looks at {arm} beside bounds of {data.bounds[0]:.2f} standard errors at "
        f"the first look and {data.bounds[-1]:.2f} at the last. {end}"
    )
    table = looks_table(done, arm, every=True)
    return Exhibit(key, data.title, alt, boundaries, data, table, BOUNDS)
