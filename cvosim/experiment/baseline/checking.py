"""Recording scenarios, and checking whether they still come to what they came to."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from cvosim.errors import CvosimError
from cvosim.experiment.baseline.causes import causes_of
from cvosim.experiment.baseline.findings import Checked, Finding
from cvosim.experiment.baseline.judging import shifts_of, status_of
from cvosim.experiment.baseline.keys import VARIANT, file_of_key, is_there, key_of, refuse_twins
from cvosim.experiment.baseline.lives import How, Lived, Progress, lived, recorded
from cvosim.experiment.baseline.luck import ERROR_RATE, chance_of
from cvosim.experiment.baseline.record import Baseline, Record, Tolerances
from cvosim.scenario.loader import Loaded, load_trees
from cvosim.scenario.raw import nearest


def record(
    source: str | Path,
    *,
    customers: int | None = None,
    seed: int | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
    beside: Path | None = None,
) -> list[Record]:
    """Live a scenario and the variants that it lists, and put down what they come to.

    Parameters
    ----------
    source : str or Path
        A scenario file, or a name of the library.
    customers, seed : int, optional
        Market prospects and their luck; the scenario's own by default.
    threads : int, optional
        Of the kernel; never changes a number.
    progress : callable, optional
        Called now and then with the number of customers done since the last call.
    beside : Path, optional
        Folder that the keys of files start from: that of the baseline. The working folder by
        default.

    Returns
    -------
    list of Record
        For `updated`.

    Raises
    ------
    ScenarioError
        Holds every problem of the scenario.
    CvosimError
        For an impossible number of customers, seed or threads.

    Examples
    --------
    >>> [one.key for one in record("cdnow")]
    ['cdnow']
    """
    how = How(threads, progress)
    return [
        recorded(one.key, one.loaded, how, customers=customers, seed=seed)
        for one in _asked(source, beside)
    ]


def check(
    baseline: Baseline,
    sources: Sequence[str | Path],
    *,
    tolerances: Tolerances | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
    beside: Path | None = None,
) -> Checked:
    """Hold scenarios against a baseline.

    Every scenario is lived through with the customers and the seed of its record. Where it, or
    what simulates it, is not as it was, the record's scenario is lived through as well: what it
    gives today against the record is due to the software, and what today's scenario gives
    against it, on the same customers, is due to the scenario. Then each setting that changed is
    put by itself into the record's scenario, and one that does nothing there is taken out of
    today's (20 of each at most): some changes only do something together.

    A change of the scenario is judged by the tolerances alone: both sides have the same luck.
    Where the software brings other luck (another trajectory version, a machine that rounds
    otherwise), a metric may also move by what luck explains: by a bound on the difference of two
    independent samples (Student's t), such that all metrics of all scenarios together raise a
    false alarm in at most one of 100 checks (Bonferroni). Metrics without a standard error, money
    that too few buyers carry (see `cvosim.metrics.carried`), and statistics of distributions
    (quantiles, tails, inequality) are not judged by luck: they pass, whatever they are. Other
    lives without other luck are a change, whatever the metrics are.

    Parameters
    ----------
    baseline : Baseline
        From its file.
    sources : sequence of str or Path
        Scenario files, and names of the library; the variants that a file lists are checked too.
    tolerances : Tolerances, optional
        For this time; those of the baseline by default.
    threads : int, optional
        Of the kernel; never changes a number.
    progress : callable, optional
        Called now and then with the number of customers done since the last call.
    beside : Path, optional
        Folder of the baseline; the working folder by default.

    Returns
    -------
    Checked

    Raises
    ------
    ScenarioError
        Holds every problem of a scenario that cannot be loaded.
    CvosimError
        For a tolerance of a metric that no scenario has, and a scenario that is named twice.

    Examples
    --------
    >>> baseline = updated(None, record("cdnow"))
    >>> checked = check(baseline, ["cdnow"])
    >>> checked.ok, checked.findings[0].status.value
    (True, 'identical')
    """
    how = How(threads, progress)
    allowed = baseline.tolerances if tolerances is None else tolerances
    refuse_twins((key_of(each, beside), str(each)) for each in sources)
    asked = [one for each in sources for one in _asked(each, beside)]
    refuse_twins((one.key, one.source) for one in asked)
    old = baseline.records.get
    lives = [lived(one.key, one.loaded, old(one.key), how, old(one.file)) for one in asked]
    _refuse_unknown(allowed, [*baseline.records.values(), *(life.today for life in lives)])
    chance = chance_of(lives)
    findings = tuple(
        _finding(one, life, allowed, chance) for one, life in zip(asked, lives, strict=True)
    )
    keys = {one.key for one in asked}
    left = tuple(key for key in sorted(baseline.records) if key not in keys)
    lost = tuple(key for key in left if not is_there(key, beside))
    gone = tuple(key for key in left if file_of_key(key) in keys or key in lost)
    return Checked(findings, left, allowed, ERROR_RATE, gone, lost)


def updated(
    baseline: Baseline | None,
    found: Checked | Sequence[Record],
    tolerances: Tolerances | None = None,
) -> Baseline:
    """Merge what was found into a baseline, or start one.

    Parameters
    ----------
    baseline : Baseline or None
        As it was; records of scenarios that `found` says nothing of are kept.
    found : Checked or sequence of Record
        From `check` or `record`. What a check found gone goes, and so do variants of recorded
        files that have no record among these.
    tolerances : Tolerances, optional
        To be stored; those of the baseline by default.

    Examples
    --------
    >>> baseline = updated(None, record("cdnow"), Tolerances(0.01))
    >>> updated(baseline, []) == baseline, baseline.tolerances.every
    (True, 0.01)
    """
    old = {} if baseline is None else dict(baseline.records)
    if isinstance(found, Checked):
        new, gone = [finding.record for finding in found.findings], set(found.gone)
    else:
        new, gone = list(found), set[str]()
        files = {one.key for one in new}
        gone = {key for key in old if file_of_key(key) != key and file_of_key(key) in files}
    kept = {key: one for key, one in old.items() if key not in gone}
    allowed = tolerances or (baseline.tolerances if baseline is not None else Tolerances())
    return Baseline({**kept, **{one.key: one for one in new}}, allowed)


class _Asked(NamedTuple):
    """A scenario that somebody asked for, or a variant that it lists."""

    key: str
    source: str
    loaded: Loaded
    file: str


def _asked(source: str | Path, beside: Path | None) -> list[_Asked]:
    key = key_of(source, beside)
    first, *variants = load_trees(source)
    listed = [
        _Asked(f"{key}{VARIANT}{one.scenario.name}", str(source), one, key) for one in variants
    ]
    return [_Asked(key, str(source), first, key), *listed]


def _finding(one: _Asked, life: Lived, allowed: Tolerances, chance: float) -> Finding:
    shifts = shifts_of(life, allowed, chance)
    causes = causes_of(life, one.loaded)
    unexplained = any(cause.kind == "unexplained" for cause in causes)
    # no luck excuses a change of the scenario that cannot be lived through apart
    mixed = life.again is None and any(one.kind == "setting" and one.matters for one in causes)
    status = status_of(life, shifts, unexplained=unexplained or mixed)
    return Finding(one.key, one.source, status, causes, shifts, life.today)


def _refuse_unknown(allowed: Tolerances, records: Sequence[Record]) -> None:
    """Refuse a tolerance that is meant for nothing: a slip must not pass in silence."""
    known = list(dict.fromkeys(name for one in records for name in one.metrics))
    for name in allowed.of:
        if records and name not in known:
            words = nearest(name, known)
            raise CvosimError(f"tolerance of {name}: no scenario here has such a metric{words}")
