"""What a check of scenarios against their baseline found."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from cvosim.experiment.baseline.record import Record, Tolerances
from cvosim.experiment.comparison import Difference
from cvosim.metrics.estimate import Estimate

CauseKind = Literal["setting", "version", "machine", "unexplained"]
Measured = Literal["alone", "together", "inseparable", "unmeasured"]


class Status(StrEnum):
    """How a scenario, or one of its metrics, stands to its baseline."""

    IDENTICAL = "identical"
    WITHIN = "changed within tolerance"
    CHANGED = "changed"
    MISSING = "not in the baseline"


@dataclass(frozen=True)
class Shift:
    """One metric, then and now.

    Attributes
    ----------
    metric : str
        Its name.
    before, after : Estimate
        In the baseline and today; NaN where the scenario had, or has, no such metric.
    by_version : float
        What the old scenario gives today, less what the baseline says.
    by_scenario : float
        What today's scenario gives, less the old one, both lived through today on the same
        customers.
    interval : tuple of float, or None
        Paired 95 % interval of `by_scenario`; None where unknown or the scenario is unchanged.
    noise : float
        How far luck alone may carry `by_version`: 0 where the luck is the same, NaN where
        nobody can say, so that it is not judged: too few people carry the metric, or it is a
        statistic of a distribution.
    status : Status
        What comes of it.
    """

    metric: str
    before: Estimate
    after: Estimate
    by_version: float
    by_scenario: float
    interval: tuple[float, float] | None
    noise: float
    status: Status


@dataclass(frozen=True)
class Cause:
    """Something that is not as it was when the baseline was written.

    Attributes
    ----------
    kind : {"setting", "version", "machine", "unexplained"}
        What sort of thing.
    what : str
        The dotted path of a setting; ``trajectory version``, ``numba``, ``rounding``,
        ``default of`` a setting that nobody wrote; of what is unexplained, ``trajectory`` or
        ``metrics``.
    before, after : object
        Its value then and now; None where it was not there, or is gone.
    file : str
        Where the setting stands now, or its section if it is gone, or what `turn` is about;
        empty where nowhere.
    line : int
        From 1; 0 where nowhere.
    effect : Difference or None
        On ``clv_per_prospect``, on the same customers, of this change: see `measured`; None
        where it is not known or does not matter.
    matters : bool
        False if no customer does anything else because of it, neither alone nor with the
        others: a name, a comment.
    measured : {"alone", "together", "inseparable", "unmeasured"}
        What `effect` is of: the change put by itself into the old scenario; one that does
        nothing by itself, taken out of today's; of none, as one side cannot stand, or be lived
        through, without the others; of none, as too many were changed.
    turn : str
        What became of the line where it does not state the value: a setting of a base is ``no
        longer changed here``, or another base is extended; else empty.
    """

    kind: CauseKind
    what: str
    before: object
    after: object
    file: str = ""
    line: int = 0
    effect: Difference | None = None
    matters: bool = True
    measured: Measured = "alone"
    turn: str = ""


@dataclass(frozen=True)
class Finding:
    """One scenario held against its record.

    Attributes
    ----------
    key : str
        In the baseline.
    source : str
        The file that was checked, or the name in the library.
    status : Status
        The worst of its trajectory and metrics.
    causes : tuple of Cause
        Those that matter first.
    shifts : tuple of Shift
        Every metric, in the order of the catalogue; empty where there is no record.
    record : Record
        Of today.
    """

    key: str
    source: str
    status: Status
    causes: tuple[Cause, ...]
    shifts: tuple[Shift, ...]
    record: Record


@dataclass(frozen=True)
class Checked:
    """Scenarios held against a baseline.

    Attributes
    ----------
    findings : tuple of Finding
        One a scenario, and one a variant that a scenario lists.
    unchecked : tuple of str
        Keys in the baseline that were not asked for, or are gone.
    tolerances : Tolerances
        Gone by.
    error_rate : float
        Chance that luck alone, if it is new, makes any metric of any scenario look changed.
    gone : tuple of str
        Those of `unchecked` whose file was checked and lists no such variant any more, and
        those of `lost`.
    lost : tuple of str
        Those of `unchecked` whose file is not there any more.
    """

    findings: tuple[Finding, ...]
    unchecked: tuple[str, ...]
    tolerances: Tolerances
    error_rate: float
    gone: tuple[str, ...] = field(default=())
    lost: tuple[str, ...] = field(default=())

    @property
    def ok(self) -> bool:
        """Whether nothing changed, nothing is missing from the baseline, and nothing is gone."""
        bad = (Status.CHANGED, Status.MISSING)
        return not self.gone and not any(finding.status in bad for finding in self.findings)
