"""Calibrating a whole funnel: from what was observed to the numbers to write."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from cvosim.errors import DataError
from cvosim.experiment.calibration.arrivals import (
    ChannelFit,
    arrival_spans,
    channel_mix,
    mix_of_log,
)
from cvosim.experiment.calibration.event_log import FunnelLog
from cvosim.experiment.calibration.fits import StageFit
from cvosim.experiment.calibration.intercepts import Target, solve
from cvosim.experiment.calibration.passages import passages
from cvosim.experiment.calibration.readings import (
    price_notes,
    stage_from_log,
    stages_from_table,
)
from cvosim.experiment.calibration.refine import Refined, World, knobs_of, refine, section_of
from cvosim.experiment.calibration.responses import Response, responses
from cvosim.experiment.calibration.simulated import Luck
from cvosim.experiment.calibration.stage_counts import StageCounts
from cvosim.plan import compile_plan
from cvosim.plan.steps import Step, journey_steps, services_of
from cvosim.scenario import Scenario

SEED = 20_110_211
"""Of calibration's simulations: one that no scenario is likely to have, for new luck."""
_LEAST, _MOST = 50_000, 200_000
"""Prospects simulated at least and at most, unless told."""


class Inputs(NamedTuple):
    """What was observed, and how to go about it."""

    log: FunnelLog | None
    counts: StageCounts | None
    delays: str = "aic"
    refine: tuple[str, ...] = ()
    people: int | None = None


@dataclass(frozen=True)
class FunnelFit:
    """A funnel fitted to an event log, a stage-count table, or both.

    Attributes
    ----------
    sources : tuple of str
        The files.
    n_customers : int
        Customers of the log, or who reached the table's first stage.
    period : tuple of str or None
        First and last moment of the log.
    stages : tuple of StageFit
        In the order of the journey, those that the data say something about.
    channels : tuple of ChannelFit
        Empty where the data do not tell channels apart.
    responses : tuple of Response
        Of return-path programs.
    refined : tuple of Refined
        Parameters found by simulated moments.
    values : dict
        What to write, by path.
    reasons : dict
        Why some paths were not fitted.
    notes : tuple of str
        What to know before trusting the result.
    people : int
        Prospects simulated each time.
    """

    sources: tuple[str, ...]
    n_customers: int
    period: tuple[str, str] | None
    stages: tuple[StageFit, ...]
    channels: tuple[ChannelFit, ...]
    responses: tuple[Response, ...]
    refined: tuple[Refined, ...]
    values: dict[str, object] = field(repr=False)
    reasons: dict[str, str] = field(repr=False)
    notes: tuple[str, ...]
    people: int

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was asked for and could not be told, in plain words."""
        return tuple(
            f"{r.path} is not identified: {r.why}. It stays at {r.before:g}."
            for r in self.refined
            if r.value is None
        ) + tuple(f"{r.path}: {r.why}." for r in self.refined if r.value is not None and r.why)

    def to_dict(self) -> dict[str, Any]:
        """Give plain values, for JSON."""
        return {
            "files": list(self.sources),
            "customers": self.n_customers,
            "period": None if self.period is None else list(self.period),
            "simulated_prospects": self.people,
            "stages": [stage.to_dict() for stage in self.stages],
            "channels": [channel.to_dict() for channel in self.channels],
            "return_path": [response.to_dict() for response in self.responses],
            "refined": [refined.to_dict() for refined in self.refined],
        }


def fit_funnel(
    scenario: Scenario, inputs: Inputs, load: Callable[[Mapping[str, object]], Scenario]
) -> FunnelFit:
    """Fit everything about a funnel that the data tell.

    Parameters
    ----------
    scenario : Scenario
        The author's.
    inputs : Inputs
        What was observed.
    load : callable
        Gives the author's scenario with some values, by path, in place of its own.

    Raises
    ------
    DataError
        If the log contradicts the journey, or says nothing about it.
    """
    draft = _Draft(scenario, inputs)
    knobs = knobs_of(inputs.refine, draft.steps, draft.programs)
    if knobs and inputs.log is None:
        raise DataError("--refine: needs an event log (--events); counts do not tell such values")
    draft.read()
    draft.solve(load)
    refined: list[Refined] = []
    if knobs and inputs.log is not None:
        plan = compile_plan(load(draft.values))
        world = World(plan, draft.steps, draft.programs, inputs.log, draft.luck)
        refined = refine(world, knobs)
        draft.values |= {r.path: r.value for r in refined if r.value is not None}
        draft.reasons |= {r.path: r.why for r in refined if r.value is None}
        draft.solve(load)
    return draft.result(refined)


class _Draft:
    """A calibration on its way."""

    def __init__(self, scenario: Scenario, inputs: Inputs) -> None:
        self.scenario, self.inputs = scenario, inputs
        self.steps = journey_steps(scenario)
        self.programs: Sequence[Any] = scenario.journey.return_path
        self.stages: dict[int, StageFit] = {}
        self.channels: list[ChannelFit] = []
        self.responses: list[Response] = []
        self.values: dict[str, object] = {}
        self.reasons: dict[str, str] = {}
        self.notes: list[str] = []
        people = inputs.people or min(max(2 * self._size(), _LEAST), _MOST)
        self.luck = Luck(SEED, people)

    def _size(self) -> int:
        if self.inputs.log is not None:
            return len(self.inputs.log.customers)
        counts = self.inputs.counts
        return max((reached for reached, _ in counts.stages.values()), default=0) if counts else 0

    def read(self) -> None:
        """Read off what needs no simulation."""
        if self.inputs.counts is not None:
            self._read_counts(self.inputs.counts)
        if self.inputs.log is not None:
            self._read_log(self.inputs.log)
        for row, fit in self.stages.items():
            self._write_stage(self.steps[row], fit)
        for response in self.responses:
            path = f"journey.return_path.{response.program}"
            for key, share in response.values.items():
                self.values[f"{path}.{key}"] = _six(share.value)
            for note in response.notes:
                self.notes.append(f"{response.program}: {note}.")
        self._write_channels()

    def _read_counts(self, counts: StageCounts) -> None:
        self.stages |= stages_from_table(counts, self.steps)
        if counts.channels is not None:
            self._mix(counts.channels)

    def _read_log(self, log: FunnelLog) -> None:
        found = passages(log, self.steps, self.programs)
        for row, (step, passage) in enumerate(zip(self.steps, found, strict=True)):
            served = bool(services_of(self.scenario, step))
            fit = stage_from_log(log, row, step, passage, self.inputs.delays, served)
            if fit.observed is not None or row not in self.stages:
                self.stages[row] = fit
            self.notes += price_notes(log, row, step)
        if not any(f.observed or f.delay or f.consumed for f in self.stages.values()):
            why = next((f": {f.stage}: {f.notes[0]}" for f in self.stages.values() if f.notes), "")
            raise DataError(
                f"{log.source}: says nothing about the stages of this scenario that could be "
                f"fitted{why}"
            )
        self.responses = responses(log, self.steps, self.programs, found)
        mix = mix_of_log(log, len(self.scenario.channels))
        if mix is not None:
            self._mix(mix)
        spans, notes = arrival_spans(self.scenario, log)
        self.notes += notes
        for row, days in spans.items():
            channel = self.scenario.channels[row].name
            self.values[f"channels.{channel}.arrivals"] = {"kind": "uniform", "over_days": days}
            self.channels = [
                replace(c, over_days=days) if c.channel == channel else c for c in self.channels
            ]

    def _mix(self, counts: tuple[int, ...]) -> None:
        if any(channel.reach is not None for channel in self.scenario.channels):
            self.notes.append(
                "The channel mix stays as written: some channel has a reach, and its budget "
                "decides who comes."
            )
            return
        self.channels = channel_mix(self.scenario, counts)

    def _write_channels(self) -> None:
        for fit in self.channels:
            self.values[f"channels.{fit.channel}.share"] = fit.share

    def _write_stage(self, step: Step, fit: StageFit) -> None:
        path, magnet = section_of(step), step.slot == "lead_magnet"
        later = "time_to_value" if magnet else "starts_after"
        missing = {
            "conversion": fit.observed is None,
            "delay": fit.delay is None,
            "consumed" if magnet else "attendance": fit.consumed is None,
            later: fit.time_to_value is None,
        }
        for i, (key, lacks) in enumerate(missing.items()):
            if lacks and fit.notes:  # the first note is about deciding, the last about using
                self.reasons[f"{path}.{key}"] = fit.notes[0 if i < 2 else -1]
        parts = (
            (fit.delay, "delay"),
            (fit.time_to_value, later),
        )
        for delay, key in parts:
            if delay is None:
                continue
            if delay.section is not None:
                self.values[f"{path}.{key}"] = delay.section
            elif getattr(step.offer, key) is not None:
                self.values[f"{path}.{key}"] = {"kind": "fixed", "days": 0.0}
        if fit.consumed is not None:
            key = "consumed" if magnet else "attendance"
            self.values[f"{path}.{key}"] = _six(fit.consumed.value)

    def solve(self, load: Callable[[Mapping[str, object]], Scenario]) -> None:
        """Find the conversions that reproduce what was observed, all else being in place."""
        stages = [
            (row, Target("first" if fit.first else "all", row, fit.observed))
            for row, fit in self.stages.items()
            if fit.observed is not None and self._possible(self.steps[row], fit)
        ]
        programs = [p.name for p in self.programs]
        won = [
            (at, Target("touches" if r.of_touches else "clicks", programs.index(r.program), r.won))
            for at, r in enumerate(self.responses)
            if r.won is not None and r.won.successes
        ]
        targets = [target for _, target in (*stages, *won)]
        if not targets:
            return
        solved = solve(compile_plan(load(self.values)), targets, self.luck)
        for i, (row, _) in enumerate(stages):
            self._solved(i, row, solved.shares[i], solved.unsolved)
        for i, (at, _) in enumerate(won, len(stages)):
            response = self.responses[at]
            path = f"journey.return_path.{response.program}.conversion"
            if i in solved.unsolved:
                self.reasons[path] = solved.unsolved[i]
                continue
            share = _rounded(solved.shares[i])
            self.values[path] = share.value
            self.responses[at] = replace(response, conversion=share)

    def _solved(self, i: int, row: int, share: Any, unsolved: dict[int, str]) -> None:
        path = f"{section_of(self.steps[row])}.conversion"
        if i in unsolved:
            self.reasons[path] = unsolved[i]
            return
        share = _rounded(share)
        self.values[path] = share.value
        self.stages[row] = replace(self.stages[row], conversion=share)

    def _possible(self, step: Step, fit: StageFit) -> bool:
        """Whether to write what was observed: that nobody ever accepts is never sure."""
        assert fit.observed is not None
        if fit.observed.successes:
            return True
        self.reasons[f"{section_of(step)}.conversion"] = (
            f"none of {fit.observed.trials:,} accepted, which tells no more than that it is "
            f"below {fit.observed.high:.2g}"
        )
        return False

    def result(self, refined: list[Refined]) -> FunnelFit:
        """Give what was found."""
        log, counts = self.inputs.log, self.inputs.counts
        sources = tuple(source.source for source in (log, counts) if source is not None)
        period = None
        if log is not None:
            period = log.when(float(log.time.min())), log.when(log.end)
        stages = tuple(self.stages[row] for row in sorted(self.stages))
        return FunnelFit(
            sources, self._size(), period, stages, tuple(self.channels), tuple(self.responses),
            tuple(refined), self.values, self.reasons, tuple(self.notes), self.luck.people,
        )  # fmt: skip


def _six(value: float) -> float:
    return float(f"{value:.6g}")


def _rounded(share: Any) -> Any:
    return replace(share, value=_six(share.value))
