"""Fit a scenario to what was seen: stage counts, event logs, orders."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from cvosim.clv.orders.days import parse_day
from cvosim.errors import DataError, Problem, ScenarioError
from cvosim.experiment.calibration.fits import Kept
from cvosim.experiment.calibration.repeat import AUTO, Holdout, OrderSource, RepeatFit

if TYPE_CHECKING:
    from cvosim.experiment.calibrated_file import CalibratedFile
    from cvosim.experiment.calibration.funnel import FunnelFit, Inputs
    from cvosim.scenario import Scenario
    from cvosim.scenario.stages.repeat_purchases import RepeatPurchases

__all__ = ["Calibration", "Holdout", "Settings", "calibrate"]


@dataclass(frozen=True)
class Calibration:
    r"""A scenario fitted to what was seen.

    Attributes
    ----------
    scenario : Scenario
        Calibrated; simulate it, or compare it.
    repeat : RepeatFit or None
        Repeat purchases fitted to orders; None without orders.
    funnel : FunnelFit or None
        Stages, channels and return path fitted to events or counts; None without either.
    kept : tuple of Kept
        Every number that stays as the author wrote it, and why.
    notes : tuple of str
        What to know before trusting the result, in plain words.
    file : CalibratedFile
        The scenario file.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from cvosim import calibrate
    >>> counts = "stage,reached,accepted\nlead_magnet,10000,3100\ntripwire,3100,500\n"
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "stages.csv")
    ...     _ = file.write_text(counts)
    ...     result = calibrate("carpet_cleaning", stages=file, people=2000)
    >>> result.funnel.stages[1].observed.value  # what was seen, the return path included
    0.16129032258064516
    >>> result.funnel.stages[1].conversion.value < 0.1  # what has to be written for that
    True
    """

    scenario: Scenario
    repeat: RepeatFit | None
    funnel: FunnelFit | None
    kept: tuple[Kept, ...]
    notes: tuple[str, ...]
    file: CalibratedFile

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was fitted without a clear result, in plain words; empty if all is well."""
        parts = (self.repeat, self.funnel)
        return tuple(words for part in parts if part is not None for words in part.warnings)

    @property
    def yaml_text(self) -> str:
        """The scenario file with the fitted values, the author's comments kept."""
        return self.file.text

    def write(self, path: str | Path) -> None:
        """Write the scenario file, whole or not at all.

        Parameters
        ----------
        path : str or Path
            A variant written into another folder still finds the file that it extends.

        Raises
        ------
        DataError
            If it cannot be written there, or would not load there; what was there before stays.
        """
        self.file.write(Path(path))

    def summary(self) -> str:
        """Say in plain English what was fitted and how well it forecast."""
        from cvosim.experiment.calibration_text import summary_lines

        return "\n".join(summary_lines(self))

    def to_dict(self) -> dict[str, Any]:
        """Give the results as plain values, for JSON."""
        nothing = dict.fromkeys(("orders", "frequency", "aic", "spend", "share_alive", "holdout"))
        return {
            "scenario": self.scenario.name,
            "warnings": list(self.warnings),
            **(nothing if self.repeat is None else self.repeat.to_dict()),
            "funnel": None if self.funnel is None else self.funnel.to_dict(),
            "kept": [kept.to_dict() for kept in self.kept],
            "notes": list(self.notes),
        }


class Settings(TypedDict, total=False):
    """How to read the files, and what to fit.

    Attributes
    ----------
    customer, date, amount : str
        Names of the order log's columns; the usual names are found without.
    model : {"auto", "bg_nbd", "mbg_nbd", "pareto_nbd"}
        Of repeat purchases; ``auto``, the default, takes the one of lowest AIC.
    columns : mapping of str to str
        Names of columns of events and counts by role: customer, date, stage, event, channel,
        program, revenue; reached, accepted, count.
    delays : {"aic", "keep"}
        Kinds of delay: the one of lowest AIC, the author's where that is about as good; or
        always the author's.
    refine : sequence of str
        Paths of a stage's trust or a follow-up's fatigue to find by simulated moments.
    people : int
        Prospects to simulate each time; by default twice the log's customers, 50,000 to
        200,000.
    """

    customer: str | None
    date: str | None
    amount: str | None
    model: str
    columns: Mapping[str, str]
    delays: str
    refine: tuple[str, ...]
    people: int | None


def calibrate(
    scenario_path: str | Path,
    orders_path: str | Path | None = None,
    *,
    events: str | Path | None = None,
    stages: str | Path | None = None,
    until: str | datetime.date | None = None,
    **settings: Unpack[Settings],
) -> Calibration:
    r"""Fit a scenario to orders, an event log, a stage-count table, or several of them.

    Orders give repeat purchases by maximum likelihood: when customers buy and leave (BG/NBD,
    MBG/NBD or Pareto/NBD), and what they spend (Gamma-Gamma). An event log gives conversions
    and delays, with right censoring, the channel mix, arrivals and what the return path won;
    a stage-count table conversions alone. Everything else stays as the author wrote it.

    Parameters
    ----------
    scenario_path : str or Path
        A scenario file, or the bare name of a library scenario; for orders it needs a
        `repeat_purchases` section.
    orders_path : str or Path, optional
        CSV or Parquet with one row an order; see `cvosim.clv.orders.reading.read_orders`. It should
        begin with every customer's first purchase.
    events : str or Path, optional
        CSV or Parquet with one row an event: customer, date, stage, and if there are event,
        channel, program, revenue. What ``cvosim run --events`` writes is one.
    stages : str or Path, optional
        CSV or Parquet: stage, reached, accepted; or stage, count. Where events say the same,
        they go before.
    until : str or datetime.date, optional
        Last day to fit to. Later orders are held out, and forecast; later events left out.
    **settings
        See `Settings`.

    Returns
    -------
    Calibration

    Raises
    ------
    ScenarioError
        If the scenario is no good, or has no repeat purchases to calibrate to orders.
    DataError
        If a file is no good, contradicts the journey, or is too little to fit anything to.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from cvosim import calibrate
    >>> orders = "ann,2025-01-01,20\nann,2025-01-15,25\nbob,2025-01-09,9\n"
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "orders.csv")
    ...     _ = file.write_text(f"customer,date,amount\n{orders}")
    ...     result = calibrate("carpet_cleaning", file, model="bg_nbd")
    >>> result.repeat.n_customers, result.repeat.n_repeat, result.repeat.period
    (2, 1, ('2025-01-01', '2025-01-15'))
    >>> print(result.warnings[0].split(":")[0])  # three orders settle nothing
    The fit of repeat purchases is not clear-cut
    """
    from cvosim.experiment.calibrated_file import calibrated_file
    from cvosim.experiment.calibration.kept import kept_values
    from cvosim.scenario import load_scenario

    _check(orders_path, events, stages, settings)
    last = None if until is None else parse_day(until, "until")
    before = load_scenario(scenario_path)
    repeat: RepeatFit | None = None
    if orders_path is not None:
        from cvosim.experiment.calibration.repeat import fit_repeat

        section = _section(before, scenario_path)
        names = {key: settings.get(key) for key in ("customer", "date", "amount")}
        model = settings.get("model", AUTO)
        repeat = fit_repeat(OrderSource(orders_path, until=last, model=model, **names), section)  # type: ignore[arg-type]
    frequency = None if repeat is None else repeat.frequency
    spend = None if repeat is None else repeat.spend
    funnel: FunnelFit | None = None
    if events is not None or stages is not None:
        from cvosim.experiment.calibration.funnel import fit_funnel

        inputs = _inputs(before, events, stages, last, settings)
        funnel = fit_funnel(
            before,
            inputs,
            lambda values: calibrated_file(scenario_path, frequency, spend, values)[1],
        )
    values = {} if funnel is None else funnel.values
    file, scenario = calibrated_file(scenario_path, frequency, spend, values)
    reasons = {} if funnel is None else funnel.reasons
    kept = kept_values(before, set(values) | _fitted_sections(repeat), reasons)
    return Calibration(scenario, repeat, funnel, kept, _notes(repeat, funnel), file)


def _check(orders: object, events: object, stages: object, settings: Mapping[str, object]) -> None:
    """Refuse what cannot be calibrated, before long files are read."""
    if orders is None and events is None and stages is None:
        raise DataError(
            "nothing to calibrate to: give orders (--orders), an event log (--events) or a "
            "table of stage counts (--stages)"
        )
    if settings.get("delays", "aic") not in ("aic", "keep"):
        raise DataError(f'delays: must be "aic" or "keep" (got "{settings["delays"]}")')


def _section(scenario: Scenario, scenario_path: str | Path) -> RepeatPurchases:
    """Give the section that orders calibrate."""
    section = scenario.journey.repeat_purchases
    if section is None:
        words = (
            "there is none to calibrate, and orders do not tell the margin; add one with your "
            "own margin, such as repeat_purchases: {frequency: {model: poisson, mean_days: 60}, "
            "spend: {model: fixed, amount: 50}, margin: 0.4}; only the margin matters"
        )
        raise ScenarioError((Problem(words, str(scenario_path), path="journey.repeat_purchases"),))
    return section


def _inputs(
    scenario: Scenario,
    events: str | Path | None,
    stages: str | Path | None,
    last: int | None,
    settings: Settings,
) -> Inputs:
    from cvosim.experiment.calibration.event_log import Names, read_event_log
    from cvosim.experiment.calibration.funnel import Inputs
    from cvosim.experiment.calibration.stage_counts import read_stage_counts
    from cvosim.plan.steps import journey_steps

    steps, columns = journey_steps(scenario), settings.get("columns", {})
    channels = [channel.name for channel in scenario.channels]
    programs = [program.name for program in scenario.journey.return_path]
    counts = None if stages is None else read_stage_counts(stages, steps, channels, columns)
    log = None
    if events is not None:
        log = read_event_log(events, steps, Names(channels, programs), columns, last)
    return Inputs(
        log,
        counts,
        settings.get("delays", "aic"),
        tuple(settings.get("refine", ())),
        settings.get("people"),
    )


def _fitted_sections(repeat: RepeatFit | None) -> set[str]:
    from cvosim.experiment.calibrated_file import SECTION

    if repeat is None:
        return set()
    return {f"{SECTION}.frequency", *([f"{SECTION}.spend"] if repeat.spend is not None else [])}


def _notes(repeat: RepeatFit | None, funnel: FunnelFit | None) -> tuple[str, ...]:
    parts = (() if part is None else part.notes for part in (repeat, funnel))
    return tuple(note for notes in parts for note in notes)
