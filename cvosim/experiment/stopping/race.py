"""The race: every rule sees the same customers in the same order at the same looks."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, TypedDict, Unpack

import numpy as np
from numpy.typing import ArrayLike

from cvosim.errors import CvosimError
from cvosim.experiment.pool import Pool
from cvosim.experiment.stopping.arena import Arena, Figure, Kept, Promise, Run, Score
from cvosim.experiment.stopping.arrivals import Arrivals
from cvosim.experiment.stopping.design import StoppingDesign, usual_units
from cvosim.experiment.stopping.rules import RULES, Rule, Seen, Stopped, Terms, rules_named
from cvosim.experiment.stopping.world import MONEY
from cvosim.scenario.outcome_names import Outcome, outcome_of
from cvosim.stats.contrast import welch
from cvosim.stats.loops import Draw, replicated_moments
from cvosim.stats.metric import Mean, Ratio
from cvosim.stats.moments import Moments
from cvosim.tables.columns import Floats

TOLERANCE = 0.2
"""Part of a promised rate by which it may be missed: the allowance of a tail's 0.5 points in 2.5,
since estimates are normal only as samples grow."""

SURE = 2.5758293035489
"""Standard errors of a two-sided 99 % interval: ten rules are judged at once."""


class Luck(NamedTuple):
    """How many replications, and their luck."""

    replications: int = 2000
    seed: int = 1


class Running(TypedDict, total=False):
    """How it runs; nothing of it changes a number."""

    threads: int | None
    progress: Callable[[int], None] | None


@dataclass(frozen=True)
class _World:
    """What is true: effects, arrivals, and customers exposed at each look."""

    pool: Pool
    metric: Mean | Ratio
    design: StoppingDesign
    days: Floats
    arrivals: Arrivals
    market: float
    baseline: float
    effect: float
    money: float
    sign: float

    @property
    def come(self) -> Floats:
        """Customers who have come by each look."""
        return self.arrivals.by(self.days)


class _Ended(NamedTuple):
    """What a rule lost and took in each replication, under one effect."""

    stopped: Stopped
    testing: Floats
    deciding: Floats
    days: Floats


def race(
    pool: Pool,
    metric: Mean | Ratio,
    design: StoppingDesign | None = None,
    rules: Sequence[str | Rule] = tuple(RULES),
    *,
    arrivals: Arrivals | None = None,
    luck: Luck | None = None,
    **running: Unpack[Running],
) -> Arena:
    """Let stopping rules decide the same replications of an experiment, and count what each costs.

    Customers of the pool are drawn with replacement and assigned at random, as often as there are
    replications. A treated customer shows its outcome in control plus a multiple of what the
    treatment does to it, so that one set of draws serves every effect: none, the simulated one,
    and those of ``design.effects``. All rules see the same differences at the same looks.

    Money: of M customers who come within the horizon, m have come by the day of the decision, n
    of them in the experiment, a share s of those treated. With an effect of d per customer and
    the choice a (1: ship), ``d (s n + a (M - m))`` is earned over control, where always giving
    everybody the better arm would have earned ``max(d, 0) M``. The difference is the regret. It
    counts expected values, so that luck in the customers' values adds no noise to it.

    Parameters
    ----------
    pool : Pool
        Control and the treatment (its first), with the metric's outcomes; money is its
        ``contribution``, or the metric itself where the pool has none.
    metric : Mean or Ratio
    design : StoppingDesign, optional
    rules : sequence of str or Rule
        Names of `cvosim.experiment.stopping.rules.RULES`, or one's own; all of them by default.
    arrivals : Arrivals, optional
        As the pool's customers come, if left out.
    luck : Luck, optional
    **running
        ``threads`` and ``progress``, called with the number of replications done.

    Returns
    -------
    Arena

    Raises
    ------
    CvosimError
        If the pool lacks an outcome, the treatment changes nothing, a rule is unknown, or the
        experiment is not over within the horizon.

    Examples
    --------
    >>> import numpy as np
    >>> spend = np.arange(1000.0) % 10
    >>> values = np.stack([spend, 1.2 * spend])[:, :, None]
    >>> pool = Pool(("control", "new"), ("contribution",), values, np.linspace(0.0, 50.0, 1000),
    ...             np.arange(1000), np.zeros(1000, np.uint8))
    >>> found = race(pool, Mean("contribution"), StoppingDesign(units=1000, looks=4),
    ...              ["fixed", "peek"], luck=Luck(1000))
    >>> found.of("peek").alarms.value > 2 * found.of("fixed").alarms.value
    True
    """
    chosen, luck = rules_named(rules), luck or Luck()
    if luck.replications < 100:
        raise CvosimError(f"replications: must be at least 100 (got {luck.replications})")
    world = _world(pool, metric, design or StoppingDesign(), arrivals)
    effects = {one.size * world.sign: one.weight for one in world.design.weighted}
    sizes = sorted({0.0, 1.0, world.sign, *effects})
    control, treatment = _drawn(world, luck, running)
    terms = _terms(world)
    decide = [rule.prepare(terms) for rule in chosen]
    runs: list[list[Run]] = [[] for _ in chosen]
    total: list[dict[str, Floats]] = [{} for _ in chosen]
    cares = np.zeros((len(chosen), 2, luck.replications))
    for size in sizes:
        seen = _seen(world, control, _shown(treatment, size))
        weight = effects.get(size, 0.0)
        for place, ends in enumerate(decide):
            stopped = ends(seen)
            ended = _ended(world, stopped, size)
            runs[place].append(_run(world, ended, seen, size, weight))
            _add(total[place], ended, weight)
            cares[place] += weight * _cared(stopped, world, size)
    scores = [
        _score(rule, tuple(runs[k]), total[k], _promise(rule, runs[k], cares[k], terms))
        for k, rule in enumerate(chosen)
    ]
    settled = replace(world.design, prior_sd=terms.prior_sd, care=terms.care)
    return _arena(replace(world, design=settled), scores, total, luck)


def _world(
    pool: Pool, metric: Mean | Ratio, design: StoppingDesign, arrivals: Arrivals | None
) -> _World:
    names = metric.columns
    missing = [name for name in names if name not in pool.columns]
    if missing:
        raise CvosimError(f'metric: no outcome "{missing[0]}"; there are {", ".join(pool.columns)}')
    if len(pool.arms) < 2:
        raise CvosimError("pool: needs a treatment beside control")
    come = arrivals or Arrivals.of(pool.entry_day)
    if design.units is None:
        design = replace(design, units=usual_units(come, design.horizon_days))
    means = [Moments.of({n: pool.of(n)[arm] for n in names}) for arm in (0, 1)]
    found = metric.arms(*means)
    baseline, effect = float(found.control.value), 0.0
    effect = float(found.treatment.value) - baseline
    money = float(pool.effect(MONEY)[0]) if MONEY in pool.columns else effect
    scale = abs(baseline) or 1.0
    if not math.isfinite(effect) or abs(effect) < 1e-12 * scale or money == 0.0:
        what = " or ".join(dict.fromkeys((" / ".join(names), MONEY)))
        raise CvosimError(
            f"{pool.arms[1]}: changes nothing about {what} of the {len(pool):,} simulated "
            "customers, so there is nothing to find; simulate more of them, or test a larger change"
        )
    days = design.look_days(come)
    market = float(come.by(design.horizon_days))
    if days[-1] == math.inf:
        raise CvosimError(
            f"units: must be at most {market:,.0f}, all who come (got {design.units:,}); take "
            "fewer, or say how many come in a day (per_day)"
        )
    if days[-1] >= design.horizon_days:
        raise CvosimError(
            f"units: the results of {design.units:,} customers are known on day {days[-1]:.0f}, "
            f"after the horizon of {design.horizon_days:g} days; take fewer customers, an earlier "
            "metric or a longer horizon"
        )
    sign = math.copysign(1.0, money)
    return _World(pool, metric, design, days, come, market, baseline, effect, money, sign)


def _drawn(world: _World, luck: Luck, running: Running) -> tuple[Moments, Moments]:
    """Both arms; of the treated, what each would have shown in control, and what changes."""
    pool, design = world.pool.only(world.metric.columns), world.design
    before = pool.values[0]
    change = pool.values[1] - before
    values = np.stack([np.hstack([before, np.zeros_like(before)]), np.hstack([before, change])])
    names = (*pool.columns, *(f"change of {name}" for name in pool.columns))
    looks = tuple(int(n) for n in design.look_units)
    shares = (1.0 - design.share, design.share)
    draw = Draw(shares, looks, luck.replications, luck.seed, "experiment/stopping")
    found = replicated_moments(names, values, draw, **running)
    return _shown(found[:, :, 0], 0.0), found[:, :, 1]


def _shown(found: Moments, size: float) -> Moments:
    """Moments of outcomes plus a multiple of their change: a linear map of the columns."""
    k = len(found.columns) // 2
    plus = np.hstack([np.eye(k), size * np.eye(k)])
    return Moments(
        found.columns[:k],
        found.count,
        found.mean @ plus.T,
        plus @ found.scatter @ plus.T,
        np.full((*found.mean.shape[:-1], k), np.nan),
    )


def _seen(world: _World, control: Moments, treatment: Moments) -> Seen:
    from scipy.special import ndtri

    # a replication may have nobody who buys in an arm: no standard error, no news
    with np.errstate(divide="ignore", invalid="ignore"):
        arms = world.metric.arms(control, treatment)
        found = welch(arms.control, arms.treatment)
        above, below = found.tails()
        z = np.where(above < below, -ndtri(above), ndtri(below))
    known = found.standard_error > 0.0
    return Seen(
        np.where(known, found.difference, 0.0),
        np.where(known, found.standard_error, 0.0),
        np.where(known, z, np.nan),
    )


def _terms(world: _World) -> Terms:
    design = world.design
    believed = math.fsum(one.weight * one.size**2 for one in design.weighted)
    prior = design.prior_sd or abs(world.effect) * math.sqrt(believed)
    return Terms(design, prior, design.care or 0.05 * prior)


def _ended(world: _World, stopped: Stopped, size: float) -> _Ended:
    design, come = world.design, world.come[stopped.look]
    exposed = design.share * np.minimum(come, float(design.units or 0))
    before, after = money_lost(
        size * world.money, world.market, come=come, treated=exposed, ship=stopped.ship
    )
    return _Ended(stopped, before, after, world.days[stopped.look])


def money_lost(
    effect: float, market: float, *, come: ArrayLike, treated: ArrayLike, ship: ArrayLike
) -> tuple[Floats, Floats]:
    """What is lost against giving everybody the better arm from the first day: the regret.

    Parameters
    ----------
    effect : float
        Per customer, treatment less control.
    market : float
        Customers within the horizon.
    come, treated : array_like of float
        Customers who have come by the decision, and those of them who got the treatment.
    ship : array_like of bool
        Whether all later ones get it.

    Returns
    -------
    before, after : ndarray of float64
        The decision; never below 0 while no more are treated than have come.

    Examples
    --------
    >>> money_lost(2.0, 1000.0, come=100.0, treated=50.0, ship=True)
    (array(100.), array(0.))
    """
    best, arrived = max(effect, 0.0), np.asarray(come, np.float64)
    before = best * arrived - effect * np.asarray(treated, np.float64)
    after = (market - arrived) * (best - effect * np.asarray(ship, np.float64))
    return np.asarray(before), np.asarray(after)


def _run(world: _World, ended: _Ended, seen: Seen, size: float, weight: float) -> Run:
    stopped = ended.stopped
    effect = size * world.effect
    rows = np.flatnonzero(stopped.said != 0) if size else np.zeros(0, np.intp)
    said = np.abs(seen.difference[rows, stopped.look[rows]])
    return Run(
        size=size, weight=weight, effect=effect, money=size * world.money,
        above=Figure.rate(stopped.said > 0), below=Figure.rate(stopped.said < 0),
        ships=Figure.rate(stopped.ship),
        units=Figure.mean(world.design.look_units[stopped.look]),
        days=Figure.mean(ended.days), late_days=Figure.quantile(ended.days, 0.9),
        exaggeration=Figure.mean(said / abs(effect) if size else said),
        testing=Figure.mean(ended.testing), deciding=Figure.mean(ended.deciding),
        regret=Figure.mean(ended.testing + ended.deciding),
    )  # fmt: skip


def _add(total: dict[str, Floats], ended: _Ended, weight: float) -> None:
    for name in ("testing", "deciding", "days"):
        total[name] = total.get(name, 0.0) + weight * getattr(ended, name)


def _cared(stopped: Stopped, world: _World, size: float) -> Floats:
    """Claims, and what they lose per customer in the metric's unit, float64[2, replications]."""
    effect = size * world.effect
    claimed = stopped.said != 0
    lost = np.where(stopped.ship, max(-effect, 0.0), max(effect, 0.0))
    return np.stack([claimed * 1.0, claimed * lost])


def _promise(rule: Rule, runs: list[Run], cares: Floats, terms: Terms) -> Promise:
    """Hold a rule against what it promises."""
    if rule.promise == "none":
        return Promise("none", math.nan, Figure(math.nan, math.nan), "none")
    if rule.promise == "alpha":
        same = next(run for run in runs if run.size == 0.0)
        found = Figure(
            same.above.value + same.below.value, math.hypot(same.above.error, same.below.error)
        )
        return Promise("alpha", terms.design.alpha, found, _kept(found, terms.design.alpha))
    claims, lost = cares
    if claims.sum() == 0.0:
        return Promise("loss", terms.care, Figure(math.nan, math.nan), "unclear")
    ratio = float(lost.sum() / claims.sum())
    # delta method for a ratio of means
    off = (lost - ratio * claims) / claims.mean()
    found = Figure(ratio, float(off.std(ddof=1)) / math.sqrt(len(off)))
    return Promise("loss", terms.care, found, _kept(found, terms.care))


def _kept(found: Figure, promised: float) -> Kept:
    """Breaks: surely beyond the allowance; unclear: beyond it, perhaps by luck."""
    allowed, reach = promised * (1.0 + TOLERANCE), SURE * found.error
    if found.value - reach > allowed:
        return "breaks"
    return "keeps" if found.value <= allowed else "unclear"


def _score(rule: Rule, runs: tuple[Run, ...], total: dict[str, Floats], promise: Promise) -> Score:
    testing, deciding = total["testing"], total["deciding"]
    whole = Figure.mean(testing + deciding)
    return Score(
        rule.name, rule.title, promise, runs, whole, Figure.mean(testing),
        Figure.mean(deciding), Figure(0.0, 0.0), Figure.mean(total["days"]),
    )  # fmt: skip


def _arena(world: _World, scores: list[Score], total: list[dict[str, Floats]], luck: Luck) -> Arena:
    lost = [one["testing"] + one["deciding"] for one in total]
    least = min(range(len(scores)), key=lambda k: scores[k].regret.value)
    behind = [Figure.mean(one - lost[least]) for one in lost]
    ranked = sorted(
        (replace(score, behind=gap) for score, gap in zip(scores, behind, strict=True)),
        key=lambda score: score.regret.value,
    )
    pool, design = world.pool, world.design
    gains = [(one.weight, one.size * abs(world.money)) for one in design.weighted]
    outcome = outcome_of(world.metric.columns[0])
    names = world.metric.columns if isinstance(world.metric, Ratio) else world.metric.columns[:1]
    return Arena(
        control=pool.arms[0], treatment=pool.arms[1], currency=pool.currency,
        metric="/".join(names[:2]),
        money_metric=isinstance(world.metric, Mean) and isinstance(outcome, Outcome)
        and outcome.is_money,
        design=design, look_days=tuple(world.days.tolist()), market=world.market,
        come=tuple(world.come.tolist()), come_in_all=world.arrivals.told(design.horizon_days),
        sign=world.sign, effect=world.effect, money=world.money, baseline=world.baseline,
        replications=luck.replications, seed=luck.seed,
        never=world.market * math.fsum(w * max(gain, 0.0) for w, gain in gains),
        at_once=world.market * math.fsum(w * max(-gain, 0.0) for w, gain in gains),
        scores=tuple(ranked),
    )  # fmt: skip
