"""``cvosim certify``: does this test keep its promises on these customers?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cvosim.cli.experiments.certify_options import (
    Plan,
    Run,
    What,
    World,
    plan_options,
    run_options,
    what_options,
    world_options,
)
from cvosim.cli.files import write_result
from cvosim.cli.options import Result, result_options
from cvosim.cli.progress import progress_bar
from cvosim.cli.rendering import as_html, as_json, save_picture, told

if TYPE_CHECKING:
    from cvosim.experiment.certificate.certificate import Certificate
    from cvosim.experiment.certificate.design import Design
    from cvosim.experiment.certificate.recommend import Recommendation
    from cvosim.experiment.pool import Pool

EXAMPLES = """\b
Try:
  cvosim certify heavy_tail --metric contribution --share 10% --follow-days 365
  cvosim certify customers.csv --metric spend --share 10% --effect 5% --recommend

\b
Exit code: 0 if the procedure keeps its promise, 1 if not or if nobody can tell.
"""
DATA = (".csv", ".gz", ".parquet", ".pq")
"""Endings of files with real customers; anything else is a scenario."""
USUAL_LIFT = 0.1
"""Effect of the tests with one, where nothing says what it is."""


@click.command(
    "certify", short_help="Find out whether a test can be trusted on your metric.", epilog=EXAMPLES
)
@click.argument("source")
@what_options
@plan_options
@world_options
@run_options
@result_options
def command(source: str, what: What, plan: Plan, world: World, run: Run, result: Result) -> int:
    """Run thousands of experiments on the customers of SOURCE, whose truth is known.

    SOURCE is a scenario, or a CSV or Parquet file with a row a customer. Without an effect,
    every effect that is found is a false alarm; with one, it shows how often it is found, how
    far off estimates are and whether intervals hold the truth.

    With variants or an experiment in the scenario, the first one's true effect is to be found;
    otherwise -S changes make the treatment; --effect puts an effect in.
    """
    from cvosim.experiment.certificate.certify import is_share

    result.check([source])
    metric = _metric(what)
    _check(what.procedure or _usual(what, plan), metric, plan)
    if source.casefold().endswith(DATA):
        pool, design = _from_data(Path(source), metric, plan, world)
        origin: dict[str, Any] = {"files": [source]}
    else:
        arms = _scenarios(source, world)
        pool, design = _from_scenario(arms, metric, plan, world, run.threads)
        origin = {"scenarios": arms[0], "customers": world.customers or arms[0][0].customers}
    asked = what.procedure or _usual(what, plan, shares=is_share(pool, metric))
    found = _certified(asked, metric, (pool, design), what, run)
    chosen = None if what.everything and what.procedure is None else asked
    if result.picture is not None:
        from cvosim.report.certificate import certificate_picture

        save_picture(certificate_picture(found.certificates), result.picture)
    text = _render(found, chosen, result.form(), {**origin, "seed": run.seed})
    write_result(text, result.output)
    one = found.of(chosen) if chosen else found.best
    return 0 if one is not None and one.verdict.passed else 1


def _metric(what: What) -> Any:
    from cvosim.stats.further_metrics import Quantile, Survival
    from cvosim.stats.metric import Mean, Ratio

    if what.ratio is not None:
        metric: Any = Ratio(*_pair("--ratio", what.ratio, "revenue/orders"))
    elif what.survival is not None:
        metric = Survival(*_pair("--survival", what.survival, "days/churned"))
    elif what.quantile is not None:
        metric = Quantile(what.metric, what.quantile)
    else:
        return Mean(what.metric, what.covariate)
    if what.covariate is not None:
        raise click.BadOptionUsage("--covariate", "--covariate is for means only")
    return metric


def _check(asked: str, metric: Any, plan: Plan) -> None:
    """Refuse, before anything is simulated, a procedure that is not for this."""
    from cvosim.errors import CvosimError
    from cvosim.experiment.certificate.procedures import procedure_named

    if reason := procedure_named(asked).unfit(metric, looks=plan.looks, shares=True):
        raise CvosimError(f"--procedure {asked}: {reason}")


def _pair(option: str, text: str, example: str) -> tuple[str, str]:
    first, slash, second = text.partition("/")
    if not (first and slash and second):
        raise click.BadOptionUsage(option, f"{option} {text}: must be like {example}")
    return first, second


def _usual(what: What, plan: Plan, *, shares: bool = False) -> str:
    """Give what most people would take: what `cvosim abtest` takes."""
    if what.quantile is not None or what.survival is not None:
        return "quantile" if what.survival is None else "restricted_mean"
    if plan.looks > 1:
        return "group_sequential"
    if what.ratio is not None:
        return "ratio_delta"
    if what.covariate is not None:
        return "cuped"
    return "proportion" if shares else "welch"


def _design(plan: Plan, units: int, share: float, effect: tuple[float, str] | None) -> Design:
    from cvosim.experiment.certificate.design import Design, Injected

    if not 0.0 < share < 1.0:
        raise click.BadOptionUsage("--share", f"--share {share:g}: must be between 0 and 100 %")
    return Design(
        units, (1.0 - share, share), plan.looks, plan.spending, plan.level,
        plan.alternative,  # type: ignore[arg-type]  # one of its words
        None if effect is None else Injected(*effect),  # type: ignore[arg-type]
        plan.treatment,
    )  # fmt: skip


def _from_data(path: Path, metric: Any, plan: Plan, world: World) -> tuple[Pool, Design]:
    """Real customers, with an effect put in."""
    for option, value in (
        ("--set", world.overrides), ("--assign-at", world.assign_at),
        ("--enrol-days", world.enrol_days), ("--follow-days", world.follow_days),
        ("--customers", world.customers),
    ):  # fmt: skip
        if value:
            raise click.BadOptionUsage(option, f"{option} is for scenarios, not for data")
    from cvosim.experiment.certificate.worlds import pool_of_data

    pool = pool_of_data(path, metric.columns)
    effect = (USUAL_LIFT if world.effect is None else world.effect, world.kind)
    share = 0.5 if plan.share is None else plan.share
    return pool, _design(plan, plan.units or len(pool), share, effect)


def _from_scenario(
    arms: tuple[list[Any], dict[str, Any], float],
    metric: Any,
    plan: Plan,
    world: World,
    threads: int | None,
) -> tuple[Pool, Design]:
    """Simulated customers, with a variant's true effect or one put in."""
    from cvosim.experiment.trials.outcomes import outcomes

    scenarios, section, share = arms
    settings: dict[str, Any] = {
        name: getattr(world, name) if getattr(world, name) is not None else section.get(name)
        for name in ("assign_at", "enrol_days", "follow_days")
    }
    if len(scenarios) == 1 and world.effect is None:
        world = world._replace(effect=USUAL_LIFT)
    effect = None if world.effect is None else (world.effect, world.kind)
    wanted = plan.share if plan.share is not None else share
    design = _design(plan, plan.units or 10_000, wanted, effect)
    total = (world.customers or scenarios[0].customers) * len(scenarios)
    with progress_bar("Simulating customers", total) as progress:
        pool = outcomes(
            scenarios, metric.columns, **settings, customers=world.customers, threads=threads,
            start_day=section.get("start_day", 0.0), progress=progress,
        )  # fmt: skip
    return pool, design


def _scenarios(source: str, world: World) -> tuple[list[Any], dict[str, Any], float]:
    """Control and treatments, the experiment's settings, and the treatment's share."""
    from cvosim.cli.advice import warn
    from cvosim.scenario import load_experiment, load_scenario, load_variants

    base = load_scenario(source, world.overrides)
    warn(base)
    if world.effect is not None:
        return [base], {}, 0.5
    if base.experiment is not None:
        trial = load_experiment(source, world.overrides)
        section = trial.experiment
        names = ("assign_at", "enrol_days", "follow_days", "start_day")
        shares = [arm.share for arm in trial.arms[:2]]
        return (
            list(trial.scenarios),
            {n: getattr(section, n) for n in names},
            shares[1] / sum(shares),
        )
    if listed := load_variants(source, world.overrides):
        return [base, *listed], {}, 0.5
    if not world.overrides:
        return [base], {}, 0.5
    name = f"{base.name} with {', '.join(world.overrides)}"[:200]
    return [load_scenario(source), base.model_copy(update={"name": name})], {}, 0.5


def _certified(
    asked: str, metric: Any, world: tuple[Pool, Design], what: What, run: Run
) -> Recommendation:
    """Certify what was asked for; everything else too if it fails, or if asked to."""
    from cvosim.experiment.certificate.certify import Luck
    from cvosim.experiment.certificate.procedures import procedure_named
    from cvosim.experiment.certificate.recommend import recommend
    from cvosim.experiment.certificate.scores import Verdict

    procedure = procedure_named(asked)
    luck = Luck(run.replications, run.tolerance, run.seed)
    count = min(run.replications, procedure.most or run.replications)

    def certified(names: list[str] | None) -> Recommendation:
        with progress_bar("Running experiments", 2 * count) as progress:
            return recommend(
                metric, *world, candidates=names, luck=luck, threads=run.threads,
                progress=progress,
            )  # fmt: skip

    if what.everything:
        found = certified(None)
        known = asked in (one.procedure.name for one in found.certificates)
        if known or what.procedure is None:
            return found
        return certified([procedure.name]).with_others(found)
    found = certified([procedure.name])
    if found.of(asked).verdict in (Verdict.FAILS, Verdict.SILENT):
        found = found.with_others(certified(None))
    return found


def _render(found: Recommendation, asked: str | None, format_: str, origin: dict[str, Any]) -> str:
    if format_ == "html":
        from cvosim.report.documents.certificate import certificate_document
        from cvosim.report.documents.shared import made_of

        return as_html(certificate_document(found, asked, made_of(**origin)))
    if format_ == "json":
        return as_json({"verdict": list(found.lines(asked)), **found.to_dict()})
    from cvosim.report.certificate import certificate_table

    table = certificate_table(_sorted(found, asked)).render(format_).rstrip("\n")
    if format_ == "csv":
        return table
    said = found.summary(asked)
    return f"{told(said, format_)}\n\n{table}"


def _sorted(found: Recommendation, asked: str | None) -> list[Certificate]:
    """What was asked about first."""
    return sorted(found.certificates, key=lambda one: one.procedure.name != asked)
