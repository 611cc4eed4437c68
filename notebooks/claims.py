# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # What the frameworks claim, put to the test
#
# Customer Value Optimization, the Customer Value Journey and the customer life cycle make claims
# about funnels: a tripwire pays, skipping a step costs, keeping is cheaper than winning. Here each
# claim is an experiment in the scenarios of the library. The same customers, with the same luck,
# meet both sides of every comparison.
#
# **The rule.** Each claim names one figure and the range in which it should lie. A case (a
# scenario, a step, a value of an assumption) bears the claim out if the *whole* 95 % interval of
# the figure lies in that range. If all cases do, the claim is *reproduced*; if some do, it is
# *reproduced when ...*, and the cases say when; if none does, it is *not reproduced*. Intervals
# are of single cases: of forty right at the border of a range, one would pass by chance.
#
# **What a verdict means.** Scenarios hold assumptions, and a simulation cannot say whether they
# are true of a market. It says what follows from them, and how far they may be wrong before a
# claim breaks. Nothing is bent to please a claim; where one hangs on an assumption, the assumption
# is varied until the claim fails, or until it holds.
#
# It runs as a script (`python notebooks/claims.py`) and in Jupyter (as a jupytext notebook), and
# writes `claims.md` and a figure for each claim into the folder `claims`. The variables
# `CVOSIM_NB_N` (customers a run) and `CVOSIM_NB_OUT` (the folder) change that; `CVOSIM_NB_JSON`
# names a file for every number. A cell with an `@experiment` needs the cells without one, and
# nothing of the other experiments.

# %% [markdown]
# # Tools
# ## Figures that know their uncertainty

# %%
from __future__ import annotations

import atexit
import builtins
import json
import math
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import asdict, dataclass, replace
from functools import cached_property, lru_cache, partial
from hashlib import sha256
from importlib import import_module
from itertools import pairwise
from operator import mul
from pathlib import Path
from textwrap import fill
from typing import Any, NamedTuple

import numpy as np
import yaml
from numpy.typing import NDArray

from cvosim import Simulation, load_scenario, simulate
from cvosim.metrics import Metrics, catalogue, influence
from cvosim.metrics.distribution import top_share
from cvosim.report.style import COLOURS, FAINT, INK, new_axes, tidy
from cvosim.scenario.library import library_path

N = int(os.environ.get("CVOSIM_NB_N", "40000"))
OUT = Path(os.environ.get("CVOSIM_NB_OUT", "claims"))
FIGURES = OUT / "images" / "claims"
Z95 = 1.959963984540054
Floats = NDArray[np.float64]


# %% [markdown]
# A figure is kept with its *influence*: what each market prospect adds to its deviation. Sums,
# differences and quotients of figures about the same prospects then have intervals of their own
# (delta method), and what is luck common to both sides cancels. For a difference of one metric it
# is the interval that `cvosim.compare` gives.


# %%
@dataclass(frozen=True)
class Measured:
    """A figure about some prospects, and each prospect's influence on it (mean 0)."""

    value: float
    influence: Floats

    @property
    def interval(self) -> tuple[float, float]:
        """Normal 95 % interval."""
        reach = Z95 * float(self.influence.std(ddof=1)) / math.sqrt(len(self.influence))
        return self.value - reach, self.value + reach

    def __add__(self, other: Measured | float) -> Measured:
        if isinstance(other, Measured):
            return Measured(self.value + other.value, self.influence + other.influence)
        return Measured(self.value + other, self.influence)

    def __mul__(self, other: Measured | float) -> Measured:
        if isinstance(other, Measured):
            spread = self.influence * other.value + other.influence * self.value
            return Measured(self.value * other.value, spread)
        return Measured(self.value * other, self.influence * other)

    def __sub__(self, other: Measured | float) -> Measured:
        return self + other * -1.0

    def __truediv__(self, other: Measured) -> Measured:
        quotient = self.value / other.value if other.value else math.nan
        weight = 1.0 / other.value if other.value else math.nan
        return Measured(quotient, (self.influence - other.influence * quotient) * weight)


def relative(new: Measured, old: Measured) -> Measured:
    """Change from old to new, as a share of old."""
    return new / old - 1.0


# %% [markdown]
# ## Runs
# A run is a scenario of the library with overrides, as after `cvosim run -S`. An override is a
# change that the scenario's market meets: take the trust of a step away, and the conversions
# behind it fall. `written` is the other thing: another author's file, who *assumes* something
# else and has observed the same conversions on it.


# %%
class Run:
    """A simulated scenario, asked for figures."""

    def __init__(self, done: Simulation) -> None:
        self.table = done.customers
        self.scenario = done.scenario
        self._measured = done.metrics

    @cached_property
    def _metrics(self) -> Metrics:
        return self._measured()

    def metric(self, name: str) -> Measured:
        """A metric of the catalogue."""
        found = next(metric for metric in catalogue(self.table.names) if metric.name == name)
        return Measured(self._metrics[name].value, influence(found, self.table))

    def per(self, numerator: NDArray[Any], denominator: NDArray[Any]) -> Measured:
        """Sum over all people of one column over the sum of another; n/a below 30 people."""
        count, root = self.table.n_market, self.table.root
        above, below = (np.bincount(root, each, count) for each in (numerator, denominator))
        if np.count_nonzero(below) < 30 or not below.sum():
            return Measured(math.nan, np.full(count, math.nan))
        ratio = above.sum() / below.sum()
        return Measured(float(ratio), (above - ratio * below) / below.mean())

    def accepted(self, stage: str) -> NDArray[np.bool_]:
        """Who accepted a stage."""
        place = self.table.names.stages.index(stage)
        yes: NDArray[np.bool_] = ~np.isnan(self.table.columns.stage_time[place])
        return yes

    @property
    def value(self) -> Measured:
        """CLV per prospect, with that of everybody who came through it."""
        return self.per(self.table.discounted_contribution, self.table.generation == 0)


@lru_cache(maxsize=6)
def run(source: str, *overrides: str, times: float = 1.0) -> Run:
    """Simulate a scenario of the library, or a file, for ``times * N`` prospects."""
    return Run(simulate(load_scenario(source, overrides), customers=round(N * times)))


_FILES = tempfile.TemporaryDirectory()
atexit.register(_FILES.cleanup)


def written(name: str, changes: Mapping[str, object]) -> str:
    """Write a scenario as an author would who assumes something else, and say where it is."""
    data = yaml.safe_load(library_path(name).read_text(encoding="utf-8"))
    for path, value in changes.items():
        place = data
        *sections, key = path.split(".")
        for section in sections:
            place = place[section]
        place[key] = deepcopy(value)
    return filed(yaml.safe_dump(data, sort_keys=False))


def filed(text: str) -> str:
    """Put a scenario's text into a file."""
    path = Path(_FILES.name) / f"{sha256(text.encode()).hexdigest()[:16]}.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


# %% [markdown]
# The scenarios with a funnel to speak of, and what their journeys consist of.

# %%
FUNNELS = (
    "carpet_cleaning", "dating_consultant", "gun_cleaning", "lead_magnet_checklist",
    "pizza_chain", "saas", "b2b_services",
)  # fmt: skip


def words(name: str) -> str:
    """A name as it is said."""
    return name.replace("_", " ")


SLOTS = ("engage", "lead magnet", "tripwire", "excite", "core offer", "profit maximizers")


def steps(source: str) -> list[str]:
    """Steps that a journey declares, in its order."""
    journey = load_scenario(source).journey
    return [step for step in journey.order if getattr(journey, step)]


def ordered(source: str, order: Sequence[str]) -> list[str]:
    """Overrides for another order; repeat buying starts at the sale that is left."""
    repeat = load_scenario(source).journey.repeat_purchases
    moved = []
    if repeat is not None and repeat.after not in order and repeat.after in steps(source):
        left = next(step for step in ("core_offer", "tripwire") if step in order)
        moved = [f"journey.repeat_purchases.after={left}"]
    return [*moved, f"journey.order=[{', '.join(order)}]"]


def without(source: str, step: str) -> list[str]:
    """Overrides for a journey without one of its steps."""
    return ordered(source, [other for other in steps(source) if other != step])


def maximizers(name: str, *kinds: str) -> list[str]:
    """Names of the profit maximizers of some kinds."""
    offers = load_scenario(name).journey.profit_maximizers
    return [offer.name for offer in offers if offer.kind in kinds]


# %% [markdown]
# ## Cases, verdicts, pictures


# %%
class Case(NamedTuple):
    """One figure that a claim is about: a scenario, a step, or a value of an assumption."""

    group: str
    label: str
    value: float
    low: float
    high: float
    at: float | None = None
    theory: float | None = None


def case(group: str, label: str, figure: Measured, theory: float | None = None) -> Case:
    """A case among others."""
    return Case(group, label, figure.value, *figure.interval, theory=theory)


def point(line: str, at: float, figure: Measured, theory: float | None = None) -> Case:
    """A case on a line along which an assumption varies."""
    return Case(line, f"{at:g}", figure.value, *figure.interval, at, theory)


@dataclass(frozen=True)
class Claim:
    """How a claim is run and of what figure, and where that should lie.

    ``words`` are those of the function that runs it. ``unit`` is share, points (of a share),
    ratio, or money; ``varies`` says what the assumption is, where the cases are values of one;
    ``depends`` what the outcome rests on.
    """

    scenario: str
    figure: str
    depends: str
    unit: str = "share"
    above: float = -math.inf
    below: float = math.inf
    source: str = ""
    varies: str = ""
    words: str = ""

    def holds(self, one: Case) -> bool:
        """Whether the whole interval lies in the claimed range."""
        return self.above < one.low and one.high < self.below

    def says(self, one: Case) -> str:
        """Whether a case bears the claim out: yes, no, or open where it may be either."""
        outside = one.high <= self.above or one.low >= self.below
        return "yes" if self.holds(one) else "no" if outside else "open"

    @property
    def range(self) -> str:
        """The claimed range in words."""
        low, high = (written_out(edge, self.unit) for edge in (self.above, self.below))
        if math.isinf(self.below):
            return f"above {low}"
        return f"below {high}" if math.isinf(self.above) else f"{low} to {high}"


@dataclass(frozen=True)
class Finding:
    """A claim that has been put to the test."""

    key: str
    claim: Claim
    cases: tuple[Case, ...]
    note: str

    @property
    def verdict(self) -> str:
        """Reproduced, reproduced when, or not reproduced."""
        held = [self.claim.holds(one) for one in self.cases]
        if all(held):
            return "reproduced"
        return "reproduced when" if any(held) else "not reproduced"

    @property
    def when(self) -> str:
        """For each group of cases, which of them bear the claim out."""
        said = []
        for group in dict.fromkeys(one.group for one in self.cases):
            cases = [one for one in self.cases if one.group == group]
            held = (_stretch if self.claim.varies else _listing)(self.claim, cases)
            said.append(f"{group}{': ' if group else ''}{held}")
        some = [one for one in said if not one.endswith(NOWHERE)]
        return "; ".join(some if len(some) == len(said) else [*some, f"otherwise {NOWHERE}"])

    @property
    def headline(self) -> Case:
        """The first case: what the library says as it is written."""
        return self.cases[0]


NOWHERE = "at no value"


def _listing(claim: Claim, cases: Sequence[Case]) -> str:
    held = [one.label for one in cases if claim.holds(one)]
    rest = [one.label for one in cases if not claim.holds(one)]
    count = f"{len(held)} of {len(cases)}"
    if not held or not rest:
        return count
    listed = f"not {', '.join(rest)}" if len(rest) < len(held) else ", ".join(held)
    return f"{count} ({listed})"


def _stretch(claim: Claim, cases: Sequence[Case]) -> str:
    tried = sorted((one.at or 0.0, claim.holds(one)) for one in cases)
    held = [at for at, holds in tried if holds]
    if len(held) in (0, len(tried)):
        return "at every value" if held else NOWHERE
    inside = [holds for at, holds in tried if held[0] <= at <= held[-1]]
    if not all(inside):
        return f"at {', '.join(f'{at:g}' for at in held)}"
    if len(held) == 1 and held[0] not in (tried[0][0], tried[-1][0]):
        return f"at {held[0]:g}"
    if held[-1] == tried[-1][0]:
        return f"from {held[0]:g} on"
    return f"up to {held[-1]:g}" if held[0] == tried[0][0] else f"{held[0]:g} to {held[-1]:g}"


# %% [markdown]
# Numbers get three digits that count. A `share` is printed in per cent, `points` are percentage
# points, and a `ratio` says how many times.


# %%
def digits(value: float) -> str:
    """Three digits that count, and no more than there are."""
    if not math.isfinite(value):
        return "n/a"
    if abs(value) < 1e-9:
        return "0"
    size = math.floor(math.log10(abs(value)))
    return f"{value:,.{min(max(2 - size, 0), 4)}f}".replace("-", "\N{MINUS SIGN}")


def written_out(value: float, unit: str) -> str:
    """A value with its unit."""
    if unit in ("share", "points"):
        return f"{digits(100 * value)} {'%' if unit == 'share' else 'points'}"
    return f"{digits(value)} times" if unit == "ratio" else digits(value)


def interval_of(one: Case, unit: str) -> str:
    """A value and its interval in words."""
    if not math.isfinite(one.low):
        return f"{written_out(one.value, unit)} (too few for an interval)"
    scale = 100.0 if unit in ("share", "points") else 1.0
    low, high = digits(scale * one.low), digits(scale * one.high)
    return f"{written_out(one.value, unit)} ({low} to {high})"


# %% [markdown]
# Two kinds of pictures: cases below each other, or along an assumption. The claimed range is
# shaded, and filled marks bear the claim out. Hollow ones do not; grey, where it may be either.


# %%
def cases_picture(finding: Finding, path: Path) -> None:
    """Draw every case with its interval."""
    claim, cases = finding.claim, finding.cases
    ax = new_axes(8.0, 1.5 + 0.27 * len(cases))
    scale = 100.0 if claim.unit in ("share", "points") else 1.0
    for place, one in enumerate(cases):
        colour = {"yes": COLOURS[0], "no": COLOURS[1], "open": FAINT}[claim.says(one)]
        _mark(ax, (scale * one.value, place), scale, one, colour, claim.holds(one), across=True)
    if any(one.theory is not None for one in cases):
        theory = [math.nan if one.theory is None else scale * one.theory for one in cases]
        ax.plot(theory, range(len(cases)), "|", color=INK, markersize=12, label="theory")
        ax.legend(loc="best", fontsize=8, frameon=False)
    labels = [f"{one.group}: {one.label}" if one.group else one.label for one in cases]
    ax.set_yticks(range(len(cases)), labels, parse_math=False)
    ax.set_ylim(len(cases) - 0.4, -0.6)
    edges = [scale * edge for one in cases for edge in (one.low, one.value, one.high)]
    _frame(ax.set_xlim, [*edges, *(_known(claim, scale))])
    left, right = ax.get_xlim()
    ax.axvspan(max(scale * claim.above, left), min(scale * claim.below, right), **SHADE)
    ax.set_xlabel(fill(_axis(claim), 72), fontsize=9, parse_math=False)
    ax.grid(axis="x", color="#e6e6e6", linewidth=0.8)
    _finish(ax, finding, path)


def line_picture(finding: Finding, path: Path) -> None:
    """Draw the figure along the assumption that it depends on."""
    claim, cases = finding.claim, finding.cases
    ax = new_axes(8.0, 4.4)
    scale = 100.0 if claim.unit in ("share", "points") else 1.0
    for index, group in enumerate(dict.fromkeys(one.group for one in cases)):
        line = sorted((one for one in cases if one.group == group), key=lambda one: one.at or 0.0)
        colour, at = COLOURS[index % len(COLOURS)], [one.at or 0.0 for one in line]
        style = ("-", "--", ":", "-.")[index // len(COLOURS) if index >= len(COLOURS) else 0]
        ax.plot(at, [scale * one.value for one in line], style, color=colour, label=group)
        for one, x in zip(line, at, strict=True):
            _mark(ax, (x, scale * one.value), scale, one, colour, claim.holds(one), across=False)
        if line[0].theory is not None:
            theory = [scale * (one.theory or 0.0) for one in line]
            ax.plot(at, theory, ":", color=INK, linewidth=1.2, label="" if index else "theory")
    edges = [scale * edge for one in cases for edge in (one.low, one.value, one.high)]
    _frame(ax.set_ylim, [*edges, *(_known(claim, scale))])
    low, high = ax.get_ylim()
    ax.axhspan(max(scale * claim.above, low), min(scale * claim.below, high), **SHADE)
    ax.set_xlabel(claim.varies, fontsize=9, parse_math=False)
    ax.set_ylabel(fill(_axis(claim), 44), fontsize=9, parse_math=False)
    ax.grid(axis="y", color="#e6e6e6", linewidth=0.8)
    if ax.get_legend_handles_labels()[1]:
        ax.legend(loc="best", fontsize=8, frameon=False)
    _finish(ax, finding, path)


# %%
SHADE: dict[str, Any] = {"color": "#dfe7ee", "zorder": 0, "linewidth": 0}


def _known(claim: Claim, scale: float) -> list[float]:
    return [scale * edge for edge in (claim.above, claim.below) if math.isfinite(edge)]


def _frame(limits: Callable[[float, float], object], edges: Sequence[float]) -> None:
    known = [edge for edge in edges if math.isfinite(edge)] or [0.0]
    room = 0.06 * (max(known) - min(known)) or 1.0
    limits(min(known) - room, max(known) + room)


def _mark(
    ax: Any,
    place: tuple[float, float],
    scale: float,
    one: Case,
    colour: str,
    holds: bool,
    *,
    across: bool,
) -> None:
    if math.isfinite(one.low):
        whiskers = [[scale * (one.value - one.low)], [scale * (one.high - one.value)]]
        ax.errorbar(
            *place,
            **{"xerr" if across else "yerr": whiskers},
            ecolor=colour,
            capsize=2.5,
            fmt="none",
        )
    face = colour if holds else "white"
    ax.plot(*place, "o", color=colour, markerfacecolor=face, markersize=6, zorder=3)


def _axis(claim: Claim) -> str:
    units = {"share": " (%)", "points": " (percentage points)", "ratio": " (times)", "money": ""}
    return f"{claim.figure}{units[claim.unit]}, 95 % intervals"


def _finish(ax: Any, finding: Finding, path: Path) -> None:
    verdict = finding.verdict.replace("reproduced when", "reproduced in part")
    tidy(ax, "")
    style: dict[str, Any] = {"fontsize": 11, "fontweight": "bold", "color": INK}
    title = fill(f"{finding.claim.words}: {verdict}", 76)
    ax.figure.suptitle(title, x=0.012, ha="left", parse_math=False, **style)
    path.parent.mkdir(parents=True, exist_ok=True)
    ax.figure.savefig(path, dpi=90, metadata={"Software": None})


# %% [markdown]
# `experiment` runs a claim as soon as its cell is run, prints what came of it and shows the
# figure.

# %%
FINDINGS: dict[str, Finding] = {}
Outcome = tuple[list[Case], str]


def experiment(claim: Claim) -> Callable[[Callable[[], Outcome]], Finding]:
    """Put a claim to the test by what the decorated function finds."""

    def decorate(function: Callable[[], Outcome]) -> Finding:
        cases, note = function()
        stated = replace(claim, words=(function.__doc__ or "").removesuffix("."))
        finding = Finding(function.__name__, stated, tuple(cases), note)
        FINDINGS[finding.key] = finding
        path = FIGURES / f"{finding.key}.png"
        (line_picture if claim.varies else cases_picture)(finding, path)
        said = f" ({finding.when})" if finding.verdict.endswith("when") else ""
        print(f"{stated.words}: {finding.verdict}{said}")
        print(f"    {finding.headline.group} {finding.headline.label}: "
              f"{interval_of(finding.headline, claim.unit)}; claimed: {claim.range}")  # fmt: skip
        if note:
            print(f"    {note}")
        if hasattr(builtins, "get_ipython"):  # in Jupyter
            shown = import_module("IPython.display")
            shown.display(shown.Image(filename=str(path)))
        return finding

    return decorate


# %% [markdown]
# # The claims
# ## Step 2: Content
# *Entertain the unaware, educate the problem aware, argue against the usual solution for the
# solution aware, prove superiority to the product aware.* The chances that a piece engages are a
# table of the scenario (matched 0.30, adjacent 0.12, mismatched 0.04 by default): an assumption.
# The first experiment flattens it step by step; the second asks whether it pays.


# %%
@experiment(
    Claim(
        scenario="pizza_chain: targeting 1 against 0, the table of chances flattened",
        figure="prospects who engage, suited content less content at random",
        unit="points",
        above=0.0,
        varies="exponent on the table of chances (1: as written, 0: every match alike)",
        depends="only on the table of engagement chances, which is an assumption",
    )
)
def matched_content_engages() -> Outcome:
    """Matched content engages the rungs that it suits."""
    cases = []
    for exponent in (1.0, 0.5, 0.25, 0.1, 0.0):
        chances = (0.12 * (chance / 0.12) ** exponent for chance in (0.30, 0.12, 0.04))
        names = ("matched", "adjacent", "mismatched")
        table = [f"journey.engage.conversion.{n}={c}" for n, c in zip(names, chances, strict=True)]
        aimed, random = (
            run("pizza_chain", *table, f"journey.engage.targeting={share}").metric(
                "engaged_per_prospect"
            )
            for share in (1, 0)
        )
        cases.append(point("", exponent, aimed - random))
    return cases, ""


# %%
@experiment(
    Claim(
        scenario="the scenarios with content: targeting 1 against 0",
        figure="change in value per prospect",
        above=0.0,
        depends="on the trust that content brings and the rungs that later offers care about",
    )
)
def matched_content_pays() -> Outcome:
    """Showing people the content that suits them raises value."""
    cases = []
    for name in ("pizza_chain", "gun_cleaning", "saas"):
        aimed, random = (run(name, f"journey.engage.targeting={share}").value for share in (1, 0))
        cases.append(case("", words(name), relative(aimed, random)))
    return cases, ""


# %% [markdown]
# ## Step 3: Lead magnets
# *Specific, actionable, quick to consume; an e-book or a bare newsletter opt-in is a weak one,
# because it gives no value soon.* The library's pair gives the e-book more takers (0.22 against
# 0.20) and its readers more trust (1.5 against 1.0).

# %%
MAGNET = "journey.lead_magnet"
READ_BY_ALL = f"{MAGNET}.consumed=0.75"
AT_ONCE = f"{MAGNET}.time_to_value={{kind: exponential, mean_days: 0.5}}"


# %%
@experiment(
    Claim(
        scenario="lead_magnet_ebook and relatives against lead_magnet_checklist",
        figure="change in value per prospect against the checklist",
        below=0.0,
        depends="on how many consume it before the next offer is decided, not on its being long",
    )
)
def weak_lead_magnet() -> Outcome:
    """A lead magnet that gives no value soon is a weak one."""
    checklist = run("lead_magnet_checklist").value
    kinds = {
        "e-book read by few and late": ["lead_magnet_ebook"],
        "bare newsletter opt-in": ["lead_magnet_ebook", f"{MAGNET}.consumed=0"],
        "e-book read by many but late": ["lead_magnet_ebook", READ_BY_ALL],
        "e-book read by few but at once": ["lead_magnet_ebook", AT_ONCE],
        "e-book read by many and at once": ["lead_magnet_ebook", READ_BY_ALL, AT_ONCE],
    }
    cases = [case("", name, relative(run(*how).value, checklist)) for name, how in kinds.items()]
    return cases, ""


# %%
@experiment(
    Claim(
        scenario="lead_magnet_checklist with a time_to_value that grows",
        figure="change in value per prospect against the checklist as written",
        below=0.0,
        varies="days until half of those who will consume it have done so",
        depends="on the days that people take to decide about the next offer (median 3 here)",
    )
)
def late_lead_magnet() -> Outcome:
    """The later a lead magnet gives its value, the weaker it is."""
    checklist, cases = run("lead_magnet_checklist").value, []
    for days in (8, 0.1, 0.35, 1, 2, 4, 16, 32):
        late = f"{MAGNET}.time_to_value={{kind: exponential, mean_days: {days / math.log(2)}}}"
        cases.append(point("", days, relative(run("lead_magnet_checklist", late).value, checklist)))
    return cases, ""


# %% [markdown]
# ## Step 4: The tripwire, and commitments of time
# *A small purchase turns a prospect into a buyer, and a buyer trusts more: a tripwire lowers
# acquisition cost net of its margin and raises core conversion.* Every journey of the library
# that sells its tripwire, with and without it. "Per new buyer" is the claim; a tripwire makes
# buyers of people who will never buy the core offer, so the same is asked per core buyer.

# %%
SOLD = ("carpet_cleaning", "gun_cleaning", "lead_magnet_checklist", "pizza_chain")


def spent_on_winning(each: Run) -> Floats:
    """Acquisition cost less what the tripwire earned, per person."""
    columns = each.table.columns
    return columns.acquisition_cost - columns.tripwire_contribution


# %%
@experiment(
    Claim(
        scenario="journeys with a tripwire for money against themselves without it",
        figure="change in acquisition cost less the tripwire's margin",
        below=0.0,
        depends="per new buyer on buyers counting from the tripwire on; per core buyer on trust",
    )
)
def tripwire_lowers_net_cac() -> Outcome:
    """A tripwire lowers the acquisition cost net of its margin."""
    cases = []
    for name in SOLD:
        having, lacking = run(name), run(name, *without(name, "tripwire"))
        change = relative(having.metric("net_cac"), lacking.metric("net_cac"))
        cases.append(case("per new buyer", words(name), change))
    for name in SOLD:
        spent, saved = (
            each.per(spent_on_winning(each), each.accepted("core_offer"))
            for each in (run(name), run(name, *without(name, "tripwire")))
        )
        cases.append(case("per core buyer", words(name), relative(spent, saved)))
    return cases, ""


# %% [markdown]
# That a buyer trusts more is an assumption, so it is varied: `written` makes carpet cleaners who
# assume less or more trust, and each observes 25 % core conversion with the tripwire in place.
# Conversion counts those who are offered the core offer. Buyers of a tripwire are few and keen,
# so a rise in conversion alone says little: the second claim counts buyers, the third money.

# %%
TRUSTS = (3.0, 0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 4.0)


@lru_cache(maxsize=1)
def tripwire_gains() -> dict[str, list[Case]]:
    """What a tripwire changes, by the trust that it is assumed to bring."""
    gains: dict[str, list[Case]] = {"conversion": [], "buyers": [], "value": []}
    for trust in TRUSTS:
        source = written("carpet_cleaning", {"journey.tripwire.trust": trust})
        having, lacking = run(source), run(source, *without(source, "tripwire"))
        changes = (
            having.metric("conversion.core_offer") - lacking.metric("conversion.core_offer"),
            core_buyers(having) - core_buyers(lacking),
            having.value - lacking.value,
        )
        for cases, change in zip(gains.values(), changes, strict=True):
            cases.append(point("", trust, change))
    return gains


def core_buyers(each: Run) -> Measured:
    """Buyers of the core offer per prospect."""
    return each.per(each.accepted("core_offer"), each.table.generation == 0)


# %%
@experiment(
    Claim(
        scenario="carpet_cleaning written with more or less trust, against itself without tripwire",
        figure="core conversion of those offered it, with the tripwire less without",
        unit="points",
        above=0.0,
        varies="trust that buying the tripwire brings, log-odds",
        depends="on trust; without any, what is left is that keen people come through (selection)",
    )
)
def tripwire_raises_conversion() -> Outcome:
    """A tripwire raises the conversion of the core offer."""
    return tripwire_gains()["conversion"], ""


# %%
@experiment(
    Claim(
        scenario="carpet_cleaning written with more or less trust, against itself without tripwire",
        figure="prospects who buy the core offer, with the tripwire less without",
        unit="points",
        above=0.0,
        varies="trust that buying the tripwire brings, log-odds",
        depends="on trust: it must make up for those who stop at the tripwire",
    )
)
def tripwire_brings_core_buyers() -> Outcome:
    """A tripwire brings more buyers of the core offer."""
    return tripwire_gains()["buyers"], ""


# %%
@experiment(
    Claim(
        scenario="carpet_cleaning written with more or less trust, against itself without tripwire",
        figure="value per prospect in USD, with the tripwire less without",
        unit="money",
        above=0.0,
        varies="trust that buying the tripwire brings, log-odds",
        depends="on trust: it must make up for those who stop at the tripwire",
    )
)
def tripwire_raises_value() -> Outcome:
    """A tripwire raises value."""
    return tripwire_gains()["value"], ""


# %% [markdown]
# *The commitment is money or time (a webinar, a demo).* First as the library has it, with and
# without the webinar. Then journeys whose tripwire costs money ask for time instead: the same
# people say yes, the same trust, no price, and the cost stays. Value is held against the journey
# without that step; the note has the same for the tripwire that is sold.

# %%
FOR_TIME = ("price=null", "list_price=null", "commitment=time")


# %%
@experiment(
    Claim(
        scenario="webinars, and tripwires given away for time, against no such step",
        figure="change in value per prospect that the step brings",
        above=0.0,
        depends="on trust, as a step for money does (it works in the same journeys); and on cost",
    )
)
def time_instead_of_money() -> Outcome:
    """A commitment of time carries a journey as one of money does."""
    cases, sold = [], []
    for name in ("dating_consultant", "b2b_services"):
        lacking = run(name, *without(name, "tripwire"), times=2).value
        cases.append(case("a webinar", words(name), relative(run(name, times=2).value, lacking)))
    for name in SOLD:
        lacking = run(name, *without(name, "tripwire")).value
        given = run(name, *(f"journey.tripwire.{change}" for change in FOR_TIME)).value
        cases.append(case("instead of money", words(name), relative(given, lacking)))
        money = case("", words(name), relative(run(name).value, lacking))
        sold.append(f"{money.label} {interval_of(money, 'share')}")
    return cases, f"For money: {'; '.join(sold)}."


# %%
@experiment(
    Claim(
        scenario="b2b_services with another attendance, against itself without the webinar",
        figure="change in value per prospect that the webinar brings",
        above=0.0,
        varies="share of those registered who attend",
        depends="on attendance: who registers and stays away goes on without the trust",
    )
)
def attendance() -> Outcome:
    """A webinar pays although not everybody who registers turns up."""
    lacking = run("b2b_services", *without("b2b_services", "tripwire"), times=2).value
    cases = []
    for share in (0.45, 0.0, 0.1, 0.2, 0.3, 0.6, 0.8, 1.0):
        webinar = run("b2b_services", f"journey.tripwire.attendance={share}", times=2)
        cases.append(point("", share, relative(webinar.value, lacking)))
    return cases, ""


# %% [markdown]
# ## Step 5: Little victories
# *Excite.* The library has them in two journeys; carpet cleaning gets the call of the model's
# documentation (half accept, two days, 2 USD), with trust from none to plenty.


# %%
@experiment(
    Claim(
        scenario="gun_cleaning and saas with excite against themselves without it",
        figure="change in value per prospect that the step brings",
        above=0.0,
        depends="on the trust that a little victory brings",
    )
)
def little_victories() -> Outcome:
    """Little victories raise value."""
    cases = []
    for name in ("gun_cleaning", "saas"):
        lacking = run(name, *without(name, "excite"))
        cases.append(case("", words(name), relative(run(name).value, lacking.value)))
    return cases, ""


# %%
@experiment(
    Claim(
        scenario="carpet_cleaning with a call after the tripwire (2 USD, half accept)",
        figure="change in value per prospect that the call brings",
        above=0.0,
        varies="trust that the call brings, log-odds",
        depends="on trust: a call without effect costs money and two days",
    )
)
def little_victory_pays() -> Outcome:
    """A little victory before the core offer pays for itself."""
    plain, cases = run("carpet_cleaning").value, []
    for trust in (0.8, 0.0, 0.02, 0.05, 0.1, 0.2, 0.4, 1.2):
        call = "{name: first_win_call, conversion: 0.5, delay: {kind: fixed, days: 2}, unit_cost: 2"
        called = run("carpet_cleaning", f"journey.excite={call}, trust: {trust}}}")
        cases.append(point("", trust, relative(called.value, plain)))
    return cases, ""


# %% [markdown]
# ## Step 6: High tickets and partners' offers
# *Slack adjuster: a high ticket for a few.* and *partners' offers (affiliate, joint venture).*
# Each is taken out of the journey that has it.

# %%
MANY = 3.0
"""Times as many customers where a rare sale makes up the figure."""


def taken_out(kinds: tuple[str, ...]) -> tuple[list[Case], list[str]]:
    """What the offers of these kinds bring, and which share of buyers takes them."""
    cases, shares = [], []
    for name in FUNNELS:
        for offer in maximizers(name, *kinds):
            whole = run(name, times=MANY)
            lacking = run(name, f"journey.profit_maximizers.{offer}=null", times=MANY)
            cases.append(case(words(name), words(offer), relative(whole.value, lacking.value)))
            taken = whole.per(whole.accepted(offer), whole.table.columns.orders > 0)
            shares.append(f"{words(offer)} {written_out(taken.value, 'share')}")
    return cases, shares


# %%
@experiment(
    Claim(
        scenario="each journey with a slack adjuster against itself without it",
        figure="change in value per prospect that the offer brings",
        above=0.0,
        depends="on its margin times its few buyers; it disturbs nothing before it",
    )
)
def slack_adjuster() -> Outcome:
    """A high ticket for a few raises value."""
    cases, shares = taken_out(("slack_adjuster",))
    return cases, f"Taken, for 100 buyers: {'; '.join(shares)}."


# %%
@experiment(
    Claim(
        scenario="each journey with an affiliate's or joint venture's offer against itself without",
        figure="change in value per prospect that the offer brings",
        above=0.0,
        depends="on who accepts it, and on the offers behind it, which wait while people decide",
    )
)
def partners_offers() -> Outcome:
    """Partners' offers raise value."""
    cases, shares = taken_out(("affiliate", "joint_venture"))
    return cases, f"Taken, for 100 buyers: {'; '.join(shares)}."


# %% [markdown]
# ## The whole journey: skipping and swapping
# *Skipping a step loses value; doing steps in the wrong order loses value.* Each step of each
# journey is left out in turn, and each pair of neighbours swapped. Whoever declines a required
# step is lost unless a program brings it back; so a step must bring more trust than it loses
# people. Repeat buying starts at the sale that is left.


# %%
@experiment(
    Claim(
        scenario="each journey against itself without one of its steps",
        figure="change in value per prospect by skipping the step",
        below=0.0,
        depends="on the trust that the step brings against the people who stop at it",
    )
)
def skipping_a_step() -> Outcome:
    """Skipping a step loses value."""
    cases = []
    for name in FUNNELS:
        for step in steps(name):
            skipped = run(name, *without(name, step)).value
            cases.append(case(words(step), words(name), relative(skipped, run(name).value)))
    return sorted(cases, key=lambda one: SLOTS.index(one.group)), ""


# %% [markdown]
# The lead magnet is the step that most journeys would do better without: four of five people stop
# there. How much trust would it have to bring? (Cold people are harder to follow up, too: contact
# is known only after an opt-in.)


# %%
@experiment(
    Claim(
        scenario="journeys written with more or less trust in the magnet, against no magnet",
        figure="change in value per prospect by skipping the lead magnet",
        below=0.0,
        varies="trust that consuming the lead magnet brings, log-odds",
        depends="on trust: over all later steps it must make up for those who stop at the magnet",
    )
)
def skipping_the_magnet() -> Outcome:
    """Skipping the lead magnet loses value."""
    cases = []
    for name in ("carpet_cleaning", "lead_magnet_checklist", "pizza_chain"):
        for trust in (0.5, 0.25, 1.0, 1.5, 2.0, 3.0, 4.0):
            source = written(name, {"journey.lead_magnet.trust": trust})
            skipped = run(source, *without(source, "lead_magnet")).value
            cases.append(point(words(name), trust, relative(skipped, run(source).value)))
    return cases, ""


# %%
@experiment(
    Claim(
        scenario="each journey against itself with two neighbouring steps swapped",
        figure="change in value per prospect by swapping",
        below=0.0,
        depends="on which step loses more people, and which of the two needs the other's trust",
    )
)
def wrong_order() -> Outcome:
    """Doing steps in the wrong order loses value."""
    cases = []
    for name in FUNNELS:
        order = steps(name)
        for place, (one, other) in enumerate(pairwise(order)):
            swapped = [*order[:place], other, one, *order[place + 2 :]]
            changed = run(name, *ordered(name, swapped)).value
            group = f"{words(other)} before {words(one)}"
            cases.append(case(group, words(name), relative(changed, run(name).value)))
    return sorted(cases, key=lambda one: SLOTS.index(one.group.split(" before ")[1])), ""


# %% [markdown]
# ## Winning and keeping
# *Winning a customer costs about five times keeping one.* Winning costs what `cac` says. Keeping
# is what a win-back program costs: the pizza chain's own, elsewhere that of the model's
# documentation (two messages after 180 quiet days). As booked, every recovery counts as a
# customer kept. As caused, only those count who are still customers at the end because of the
# program: with it, less without it. "About five" is taken as 3.3 to 7.5, half as much either way.
# What a message costs changes nobody's behaviour, so that one run serves for every price.

# %%
MESSAGE = 0.004
WIN_BACK = (
    "{kind: win_back, name: we_miss_you, after_days: 180, days: [0, 14], open: 0.25, click: 0.1, "
    f"conversion: 0.2, unsubscribe: 0.01, cost: {MESSAGE}}}"
)
KEEPING = ("carpet_cleaning", "dating_consultant", "gun_cleaning", "pizza_chain")


@lru_cache(maxsize=4)
def kept(name: str) -> dict[str, Measured]:
    """Cost of a new customer over that of a kept one, at ``MESSAGE`` a message."""
    many = 6.0  # recoveries are rare
    programs = load_scenario(name).journey.return_path
    own = next((one.name for one in programs if one.kind == "win_back"), None)
    program = own or "we_miss_you"
    path = f"journey.return_path.{program}"
    lacking = run(name, *([f"{path}=null"] if own else []), times=many)
    having = run(name, f"{path}.cost={MESSAGE}" if own else f"{path}={WIN_BACK}", times=many)
    place = having.table.names.programs.index(program)
    spent = having.table.columns.program_cost[place]
    booked = having.per(spent, having.table.columns.recoveries[place])
    prospects = having.table.generation == 0
    more = loyal(having) - loyal(lacking)
    won = lacking.metric("cac")
    return {"as booked": won / booked, "as caused": won / (having.per(spent, prospects) / more)}


def loyal(each: Run) -> Measured:
    """People who will still buy again at the horizon, per prospect."""
    return each.per(each.table.columns.alive, each.table.generation == 0)


# %%
@experiment(
    Claim(
        scenario="journeys with repeat buying and a win-back program by e-mail (0.004 a message)",
        figure="acquisition cost of a new customer over win-back cost of a kept one",
        unit="ratio",
        above=5 / 1.5,
        below=5 * 1.5,
        depends="on prices of media and messages, which have nothing to do with each other",
    )
)
def winning_and_keeping() -> Outcome:
    """Winning a customer costs about five times keeping one."""
    cases = [case(how, words(name), ratio) for name in KEEPING for how, ratio in kept(name).items()]
    return sorted(cases, key=lambda one: one.group), ""


# %%
@experiment(
    Claim(
        scenario="gun_cleaning and pizza_chain, with win-back messages of another price",
        figure="acquisition cost of a new customer over win-back cost of a kept one",
        unit="ratio",
        above=5 / 1.5,
        below=5 * 1.5,
        varies="cost of one message",
        depends="on the price of a message against that of media",
    )
)
def winning_and_keeping_by_price() -> Outcome:
    """Winning a customer costs about five times keeping one, at some price of a message."""
    cases = []
    for name in ("gun_cleaning", "pizza_chain"):
        for how, ratio in kept(name).items():
            for cost in (0.01, 0.015, 0.02, 0.03, 0.05, 0.08):
                cases.append(point(f"{words(name)}, {how}", cost, ratio * (MESSAGE / cost)))
    return cases, ""


# %% [markdown]
# *New customers convert at 5-20 %, existing ones at 60-70 %.* New: people put an offer for money
# who make a first purchase. Existing, read in two ways: buyers who buy again before the horizon,
# and buyers who accept a further offer that is put to them.


# %%
def first_purchases(each: Run) -> Measured:
    """First-time buyers of those put any offer that costs money."""
    journey = each.scenario.journey
    stages = {stage: getattr(journey, stage) for stage in ("tripwire", "core_offer")}
    stages |= {offer.name: offer for offer in journey.profit_maximizers}
    sold = [s for s, offer in stages.items() if offer is not None and offer.price > 0]
    put = np.any([each.table.has_reached(stage) for stage in sold], axis=0)
    buyers = each.table.columns.orders > 0
    return each.per(buyers, put | buyers)


def further_offers(each: Run) -> Measured:
    """Profit maximizers accepted by buyers, of those put to them."""
    offers = [offer.name for offer in each.scenario.journey.profit_maximizers]
    since = each.table.columns.first_order_time
    taken, put = np.zeros(len(since)), np.zeros(len(since))
    for offer in offers:
        accepted = each.accepted(offer)
        when = each.table.columns.stage_time[each.table.names.stages.index(offer)]
        later = accepted & (when > since)
        taken += later
        put += later | (each.table.has_reached(offer) & ~accepted & ~np.isnan(since))
    return each.per(taken, put)


# %%
@experiment(
    Claim(
        scenario="each journey as written",
        figure="first-time buyers, of those put any offer that costs money",
        above=0.05,
        below=0.20,
        depends="on the conversions that a scenario states: the claim is about its inputs",
        source="Farris, Bendle, Pfeifer & Reibstein, Marketing Metrics (2010)",
    )
)
def new_customers() -> Outcome:
    """New customers convert at 5 to 20 %."""
    cases = [case("", words(name), first_purchases(run(name))) for name in FUNNELS]
    return cases, ""


# %%
@experiment(
    Claim(
        scenario="each journey as written, and CDNOW's estimates",
        figure="buyers who do it",
        above=0.60,
        below=0.70,
        depends="on what counts: one more purchase some day is likelier than a yes to one offer",
        source="Farris, Bendle, Pfeifer & Reibstein, Marketing Metrics (2010)",
    )
)
def existing_customers() -> Outcome:
    """Existing customers convert at 60 to 70 %."""
    cases = [
        case("buy again", words(name), run(name).metric("repeat_rate"))
        for name in (*FUNNELS, "cdnow")
    ]
    for name in FUNNELS:
        cases.append(case("accept a further offer", words(name), further_offers(run(name))))
    return cases, ""


# %%
@experiment(
    Claim(
        scenario="each journey as written",
        figure="conversion of buyers less that of people who are new",
        unit="points",
        above=0.0,
        depends="on what counts, again; and on who is new: a lead or somebody who just came by",
    )
)
def existing_against_new() -> Outcome:
    """Existing customers convert better than new ones."""
    cases = []
    for name in FUNNELS:
        again, new = run(name).metric("repeat_rate"), first_purchases(run(name))
        cases.append(case("buy again", words(name), again - new))
    for name in FUNNELS:
        further = further_offers(run(name)) - first_purchases(run(name))
        cases.append(case("accept a further offer", words(name), further))
    return cases, ""


# %% [markdown]
# *A 5 % rise in loyalty raises CLV by up to 95 %.* Reichheld's reading is five percentage points
# of yearly retention. First a plain case that theory can check: a yearly contract over thirty
# years at 10 % discount, where CLV is the sum of (retention / 1.1)^k. "Up to 95 %" is met by any
# rise; so what is asked is whether the rise gets into the range that Reichheld reports, 25 to
# 95 %. CLV is before acquisition cost, as it is for somebody already won, or after it (the cost
# of winning being one year's margin).

# %%
CONTRACT = """
schema_version: 1
name: A yearly contract
currency: USD
horizon_days: {days}
customers: 10000
seed: 31
market: {{segments: [{{name: all, share: 1, awareness: {{product: 1}}}}]}}
channels: [{{name: direct, kind: paid, share: 1, cost_per_prospect: {won}}}]
journey:
  core_offer: {{name: visit, commitment: time, conversion: 1}}
  profit_maximizers:
    - kind: subscription
      name: contract
      price: 100
      unit_cost: 40
      conversion: 1
      period_days: 365
      churn: {{kind: geometric, probability: {churn}}}
economics: {{discount_rate: 0.10}}
"""
YEARS = 30


def contract(retention: float, won: float) -> Measured:
    """CLV of a customer of the contract."""
    churn = round(1.0 - retention, 10)
    source = filed(CONTRACT.format(days=365 * YEARS - 1, won=won, churn=churn))
    return run(source).value


def contract_in_theory(retention: float, won: float) -> float:
    """The same by the geometric series."""
    return sum(60.0 * (retention / 1.1) ** year for year in range(YEARS)) - won


def loyalty_rise(more: Callable[[float], float]) -> list[Case]:
    """Relative change of CLV by more retention, along retention."""
    cases = []
    for line, won in (("before acquisition cost", 0.0), ("after acquisition cost", 60.0)):
        for at in (0.9, 0.5, 0.6, 0.7, 0.8, 0.85, 0.94):
            low, high = contract_in_theory(at, won), contract_in_theory(more(at), won)
            change = relative(contract(more(at), won), contract(at, won))
            cases.append(point(line, at, change, high / low - 1.0))
    return cases


# %%
@experiment(
    Claim(
        scenario="a yearly contract over 30 years",
        figure="change in CLV by 5 percentage points more yearly retention",
        above=0.25,
        below=0.95,
        varies="yearly retention before the rise",
        depends="on retention being high already, on the discount rate, and on what winning costs",
        source="Reichheld & Sasser, Harvard Business Review 68 (1990), 105-111",
    )
)
def five_points() -> Outcome:
    """Five points more retention raise CLV by 25 to 95 %."""
    return loyalty_rise(lambda retention: retention + 0.05), ""


# %%
@experiment(
    Claim(
        scenario="a yearly contract over 30 years",
        figure="change in CLV by 5 % more yearly retention",
        above=0.25,
        below=0.95,
        varies="yearly retention before the rise",
        depends="on retention being high already, on the discount rate, and on what winning costs",
    )
)
def five_per_cent() -> Outcome:
    """Five per cent more retention raises CLV by 25 to 95 %."""
    return loyalty_rise(lambda retention: retention * 1.05), ""


# %% [markdown]
# Now the library. Retention is the chance of staying after a purchase or bill (of staying another
# month, where it is a matter of time); five points more of it, wherever customers can leave.


# %%
def other_churn(name: str, change: Callable[[float], float]) -> list[str]:
    """Overrides that change every mean chance of leaving, and keep how much it differs."""
    journey, found = load_scenario(name).journey, []
    for offer in journey.profit_maximizers:
        if offer.kind == "subscription":
            where = f"journey.profit_maximizers.{offer.name}.churn"
            if offer.churn.kind == "geometric":
                found.append(f"{where}.probability={capped(change(offer.churn.probability))}")
            else:
                found += beta(where, "alpha", "beta", offer.churn.alpha, offer.churn.beta, change)
    if journey.repeat_purchases is None:
        return found
    where, model = "journey.repeat_purchases.frequency", journey.repeat_purchases.frequency
    if model.model in ("bg_nbd", "mbg_nbd"):
        found += beta(where, "a", "b", model.a, model.b, change)
    elif model.model == "pareto_nbd":  # of staying a month: (beta / (beta + 30)) ** s
        stay = 1 - capped(change(1 - (model.beta_days / (model.beta_days + 30)) ** model.s))
        root = stay ** (1 / model.s)
        found.append(f"{where}.beta_days={30 * root / (1 - root)}")
    return found


def beta(
    where: str, first: str, second: str, a: float, b: float, change: Callable[[float], float]
) -> list[str]:
    """Overrides for a beta distribution of leaving with another mean and the same a + b."""
    mean = capped(change(a / (a + b)))
    return [f"{where}.{first}={mean * (a + b)}", f"{where}.{second}={(1 - mean) * (a + b)}"]


def capped(probability: float) -> float:
    """A chance of leaving that is one."""
    return min(max(probability, 0.001), 0.999)


LEAVING = tuple(name for name in (*FUNNELS, "cdnow") if name != "lead_magnet_checklist")


# %%
@experiment(
    Claim(
        scenario="journeys that customers can leave: 5 percentage points, or 5 %, more retention",
        figure="change in CLV per buyer, before acquisition cost",
        above=0.0,
        below=0.95,
        depends='on how much of CLV comes after the first purchase; "up to" is met by any rise',
    )
)
def loyalty_in_the_library() -> Outcome:
    """A 5 % rise in loyalty raises CLV by up to 95 %."""
    readings = {
        "5 points": lambda leave: leave - 0.05,
        "5 %": lambda leave: 1 - 1.05 * (1 - leave),
    }
    cases = []
    for reading, change in readings.items():
        for name in LEAVING:
            more = run(name, *other_churn(name, change)).metric("clv_per_buyer")
            change_of = relative(more, run(name).metric("clv_per_buyer"))
            cases.append(case(reading, words(name), change_of))
    return cases, ""


# %% [markdown]
# *An unanswered churn trend outweighs acquisition.* Every year churn rises by a tenth, and
# acquisition by a tenth as well: the same number of times as many prospects, at the same cost
# each. Total value, relative to no trend, is then the growth in prospects times the fall of value
# per prospect. Most markets are less kind: the gun shop has one line more, in which its Facebook
# budget grows and reaches ever fewer more people.


# %%
@experiment(
    Claim(
        scenario="journeys that customers can leave: churn and prospects both a tenth up each year",
        figure="change in total value",
        below=0.0,
        varies="years that the trend has lasted",
        depends="on the share of value that comes from staying, and on how thin the margin is that "
        "acquisition leaves",
    )
)
def churn_trend() -> Outcome:
    """An unanswered churn trend outweighs acquisition."""
    cases, notes = [], []
    for name in LEAVING:
        for years in (1, 2, 4, 7):
            growth = 1.1**years
            worse = run(name, *other_churn(name, partial(mul, growth))).value
            fall = worse / run(name).value
            cases.append(point(words(name), years, fall * growth - 1.0))
            if years == 4:
                lost = -math.log(fall.value) / math.log(growth) if fall.value > 0 else math.inf
                notes.append(f"{words(name)} {digits(lost)}")
    for years in (1, 2, 4, 7):
        growth = 1.1**years
        changes = other_churn("gun_cleaning", partial(mul, growth))
        budget = f"channels.facebook.budget={27000 * growth}"
        change = relative(run("gun_cleaning", budget, *changes).value, run("gun_cleaning").value)
        cases.append(point("gun cleaning, by its Facebook budget", years, change))
    return cases, f"Per cent of value lost for each per cent more churn: {'; '.join(notes)}."


# %% [markdown]
# Nobody in the library lives on staying alone. The contract of before does: without discount and
# horizon, its customer would be worth one over churn. What is left of that after winning the
# customer is thinner, and falls faster.


# %%
@experiment(
    Claim(
        scenario="the yearly contract: churn and prospects both a tenth up",
        figure="change in total value",
        below=0.0,
        varies="acquisition cost of a customer, share of its CLV before that cost",
        depends="on how thin the margin is that acquisition leaves, and on long lives",
    )
)
def churn_trend_by_margin() -> Outcome:
    """An unanswered churn trend outweighs acquisition, where customers are dear."""
    cases = []
    for retention in (0.8, 0.9, 0.95):
        worth = contract_in_theory(retention, 0.0)
        churn = 1.1 * (1.0 - retention)
        for share in (0.0, 0.1, 0.2, 0.3, 0.4, 0.6):
            won = round(share * worth, 6)
            fall = contract(1.0 - churn, won) / contract(retention, won)
            theory = contract_in_theory(1.0 - churn, won) / contract_in_theory(retention, won)
            line = f"yearly retention {retention:g}"
            cases.append(point(line, share, fall * 1.1 - 1.0, theory * 1.1 - 1.0))
    return cases, ""


# %% [markdown]
# ## Who brings the money
# *About 20 % of repeat customers bring about 80 % of the margin* ("about" is 75 to 85 % here), and,
# as it is often put, 20 % of all customers. First as written; then CDNOW's estimates with
# purchase rates that differ more or less between customers (the same mean), and spending that
# differs as estimated or more. Schmittlein, Cooper & Morrison (1993, Marketing
# Science 12, 167-183) show why the split depends on heterogeneity and on the window.


# %%
def top_fifth(each: Run) -> Measured:
    """Share of repeat customers' margin that the best fifth of them bring."""
    columns, count = each.table.columns, each.table.n_market
    rows = np.flatnonzero(columns.orders > 1)
    margin = each.table.contribution[rows] + columns.acquisition_cost[rows]
    order = np.argsort(margin, kind="stable")
    share, of_value = top_share(0.2)(np.maximum(margin[order], 0.0))
    if len(rows) < 150:
        return Measured(share, np.full(count, math.nan))
    spread: Floats = np.bincount(each.table.root[rows[order]], of_value, count).astype(np.float64)
    return Measured(share, spread * (count / len(rows)))


# %%
@experiment(
    Claim(
        scenario="each journey as written, and CDNOW's estimates",
        figure="share of the margin from the best fifth",
        above=0.75,
        below=0.85,
        depends="on who is counted (many who bought once and little) and on how much people differ",
    )
)
def twenty_eighty() -> Outcome:
    """About 20 % of repeat customers bring about 80 % of the margin."""
    names = ("cdnow", *FUNNELS)
    cases = [case("of repeat customers", words(name), top_fifth(run(name))) for name in names]
    for name in names:
        share = run(name).metric("margin_share_top_20")
        cases.append(case("of all buyers", words(name), share))
    return cases, ""


# %%
@experiment(
    Claim(
        scenario="cdnow with purchase rates that differ more or less (the same mean)",
        figure="share of the margin from the best fifth",
        above=0.75,
        below=0.85,
        varies="shape r of the Gamma distribution of purchase rates (small: they differ much)",
        depends="on heterogeneity in rates and in spending, and on who is counted",
    )
)
def twenty_eighty_by_heterogeneity() -> Outcome:
    """About 20 % of customers bring about 80 % of the margin, where they differ."""
    path, spend = "journey.repeat_purchases.frequency", "journey.repeat_purchases.spend"
    repeat = load_scenario("cdnow").journey.repeat_purchases
    assert repeat is not None
    estimated = repeat.frequency
    assert estimated.model == "bg_nbd"
    spending: dict[str, list[str]] = {
        "spending as estimated": [],
        "spending differs more (q = 2.2)": [f"{spend}.q=2.2"],
    }
    cases = []
    for line, change in spending.items():
        for r in (estimated.r, 0.02, 0.04, 0.08, 0.5, 1.0):
            alpha = estimated.alpha_days * r / estimated.r
            rates = (f"{path}.r={r}", f"{path}.alpha_days={alpha}")
            done = run("cdnow", *change, *rates, times=2)
            cases.append(point(f"repeat customers, {line}", round(r, 3), top_fifth(done)))
            share = done.metric("margin_share_top_20")
            cases.append(point(f"all buyers, {line}", round(r, 3), share))
    return cases, ""


# %% [markdown]
# ## Steps 7 and 8: Word of mouth
# *Word of mouth multiplies value.* First the value that referral adds to the journeys that have
# it, rewards paid. Then how many times value multiplies along K, the number of people whom one
# brings: everybody of CDNOW buys on arrival, a share of them invites. A family is then 1/(1 - K)
# people in the long run (Harris 1948); the horizon cuts it short. "Multiplies" is taken as at
# least twice.


# %%
@experiment(
    Claim(
        scenario="journeys with referral against themselves without it",
        figure="change in value per prospect, descendants and rewards included",
        above=0.0,
        depends="on K, on how referred people convert, and on rewards",
    )
)
def word_of_mouth_adds() -> Outcome:
    """Word of mouth adds value."""
    cases, notes = [], []
    for name in ("pizza_chain", "saas", "b2b_services"):
        whole = run(name, times=MANY)
        silent = run(name, "journey.referral=null", times=MANY)
        cases.append(case("", words(name), relative(whole.value, silent.value)))
        notes.append(f"{words(name)} {digits(whole.metric('k_factor').value)}")
    return cases, f"K: {'; '.join(notes)}."


# %%
SHARES = "advocates: {promoter: 0.5, passive: 0.5, detractor: 0.5}"


@experiment(
    Claim(
        scenario="cdnow, half of all customers inviting, friends coming after 10 days",
        figure="value per prospect with descendants over value without",
        unit="ratio",
        above=2.0,
        varies="people invited per customer (K, the horizon apart)",
        depends="on K: below one half even the long run does not double",
        source="Harris, Annals of Mathematical Statistics 19 (1948), 474-494",
    )
)
def word_of_mouth_multiplies() -> Outcome:
    """Word of mouth multiplies value at least twice."""
    silent, cases = run("cdnow").value, []
    for k in (0.1, 0.02, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7):
        friends = f"invitations: {{mean: {2 * k}, delay: {{kind: exponential, mean_days: 10}}}}"
        talking = ["journey.experience={}", f"journey.referral={{{SHARES}, {friends}}}"]
        cases.append(point("", k, run("cdnow", *talking).value / silent, 1 / (1 - k)))
    return cases, ""


# %% [markdown]
# ## The return path
# *Exit offers, follow-up and remarketing win back people who fell off any step.* Each program of
# the library is taken out in turn. Counting recoveries would credit a program with everybody it
# brings back; what counts is the value that its journey would lack without it.

# %%
KINDS = ("exit_offer", "follow_up", "remarketing")


# %%
@experiment(
    Claim(
        scenario="each program of each journey, against the journey without it",
        figure="change in value per prospect that the program brings",
        above=0.0,
        depends="on what those brought back are worth; nobody here declines to get a discount",
    )
)
def programs_pay() -> Outcome:
    """Exit offers, follow-up and remarketing raise value."""
    cases, notes = [], []
    for name in FUNNELS:
        for program in load_scenario(name).journey.return_path:
            if program.kind in KINDS:
                whole = run(name, times=2)
                lacking = run(name, f"journey.return_path.{program.name}=null", times=2)
                label = f"{words(program.name)} of {words(name)}"
                gain = relative(whole.value, lacking.value)
                cases.append(case(words(program.kind), label, gain))
                won = whole.metric(f"recoveries.{program.name}") * (1000 / whole.table.n_market)
                notes.append(f"{label} {digits(won.value)}")
    cases.sort(key=lambda one: KINDS.index(one.group.replace(" ", "_")))
    return cases, f"Recoveries in 1,000 prospects: {'; '.join(notes)}."


# %% [markdown]
# "Any step": carpet cleaning and the pizza chain with a single program, at one step after the
# other; the figure is the share of those who declined the step whom it brought back.

# %%
PROGRAMS = {
    "exit_offer": "discount: 0.1, conversion: 0.03",
    "follow_up": "days: [1, 3, 7, 14, 30], open: 0.35, click: 0.12, conversion: 0.15, cost: 0.004",
    "remarketing": "window_days: 30, impressions_per_day: 1.5, click: 0.004, conversion: 0.2, "
    "cpm: 6.0",
}

STAGES = {
    "carpet_cleaning": ("lead_magnet", "tripwire", "core_offer", "stain_guard"),
    "pizza_chain": ("engage", "lead_magnet", "tripwire", "core_offer", "tiramisu"),
}


@experiment(
    Claim(
        scenario="one program at one step of carpet_cleaning or pizza_chain",
        figure="won back, of those who declined the step",
        above=0.0,
        depends="on contact: follow-up needs an address, and nobody has left one before opting in",
    )
)
def any_step() -> Outcome:
    """Exit offers, follow-up and remarketing win back people who fell off any step."""
    cases = []
    for kind, settings in PROGRAMS.items():
        for name, stages in STAGES.items():
            for stage in stages:
                program = f"{{kind: {kind}, name: again, at: [{stage}], {settings}}}"
                tried = run(name, f"journey.return_path=[{program}]")
                back = tried.table.columns.recoveries[0] > 0
                declined = tried.table.has_reached(stage) & (back | ~tried.accepted(stage))
                label = f"{words(stage)} of {words(name)}"
                cases.append(case(words(kind), label, tried.per(back, declined)))
    return cases, ""


# %% [markdown]
# # All verdicts
# As a table, on screen and in `claims.md`, with every case and every figure.


# %%
def row(cells: Iterable[str]) -> str:
    """A line of a Markdown table."""
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def verdict_of(finding: Finding) -> str:
    """The verdict in words."""
    if finding.verdict != "reproduced when":
        return f"**{finding.verdict}**"
    along = f"{finding.claim.varies}: " if finding.claim.varies else ""
    return f"**reproduced when** {along}{finding.when}"


def summary(finding: Finding) -> str:
    """A claim in a line: what was found first is what the library has as it is written."""
    claim, first = finding.claim, finding.headline
    name = " ".join(word for word in (first.group, first.label) if word)
    line = f" ({first.group})" if first.group else ""
    where = f"at {first.label}{line}" if claim.varies else f"({name})"
    figure = f"{claim.figure}: {interval_of(first, claim.unit)} {where}"
    link = f"[{claim.words}](#{anchor(claim.words)})"
    return row((link, claim.scenario, figure, verdict_of(finding), claim.depends))


def anchor(heading: str) -> str:
    """Give the name by which a page links to one of its headings."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def chapter(finding: Finding) -> str:
    """A claim with its picture and all its cases."""
    claim = finding.claim
    lines = [
        f"## {claim.words}",
        f"{verdict_of(finding)}.",
        f"* Run: {claim.scenario}.\n* Figure: {claim.figure}; claimed: {claim.range}.\n"
        f"* Depends {claim.depends}." + (f"\n* Source: {claim.source}." if claim.source else ""),
        f"![{claim.words}](images/claims/{finding.key}.png)",
        finding.note,
        "\n".join(table_of(finding)),
    ]
    return "\n\n".join(line for line in lines if line)


def table_of(finding: Finding) -> list[str]:
    """All cases of a claim as a Markdown table."""
    claim, theory = finding.claim, any(one.theory is not None for one in finding.cases)
    head = [claim.varies or "case", "figure (95 % interval)", "in the claimed range"]
    head += ["theory"] if theory else []
    lines = [row(head), row(["---"] * len(head))]
    for one in finding.cases:
        name = ": ".join(word for word in (one.group, one.label) if word)
        cells = [name, interval_of(one, claim.unit), claim.says(one)]
        lines.append(row([*cells, written_out(one.theory or 0.0, claim.unit)] if theory else cells))
    return lines


# %%
HEAD = """\
# What the frameworks claim, put to the test

How to read it: each line is a claim that the frameworks of customer value make, run as an
experiment in the library's scenarios by `notebooks/claims.py`, which makes this page. A case bears
a claim out if the whole 95 % interval of its figure lies in the claimed range. If all cases do, the
claim is reproduced; if some do, it is reproduced when ...; if none does, it is not reproduced. The
figure shown is that of the first case; below, each claim has all of its cases and its picture, in
which the claimed range is shaded and filled marks bear the claim out (grey: it may be either).
A verdict says what follows from the scenarios' assumptions, not what a market would do.
"""
COLUMNS = ("Claim", "Scenario", "Figure with 95 % interval", "Verdict", "What it depends on")

table = [row(COLUMNS), row(["---"] * len(COLUMNS)), *map(summary, FINDINGS.values())]
page = "\n\n".join([HEAD.strip(), "\n".join(table), *map(chapter, FINDINGS.values())])
OUT.mkdir(parents=True, exist_ok=True)
(OUT / "claims.md").write_text(page + "\n", encoding="utf-8")
print(f"\n{len(FINDINGS)} claims, written to {OUT / 'claims.md'}")
for finding in FINDINGS.values():
    print(f"  {finding.verdict:16} {finding.claim.words}")

# %%
if numbers := os.environ.get("CVOSIM_NB_JSON"):  # every number, for programs
    found = {
        key: {
            **asdict(finding),
            "verdict": finding.verdict,
            "says": [finding.claim.says(one) for one in finding.cases],
            "cases": [one._asdict() for one in finding.cases],
        }
        for key, finding in FINDINGS.items()
    }
    Path(numbers).write_text(json.dumps(found, indent=1), encoding="utf-8")
