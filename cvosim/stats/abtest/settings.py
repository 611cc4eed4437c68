"""How an experiment is to be analysed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from cvosim.errors import CvosimError
from cvosim.stats.contrast import ALTERNATIVES, Alternative
from cvosim.stats.data.reading import MISSING, Missing
from cvosim.stats.methods.multiplicity import Correction
from cvosim.stats.methods.noninferiority import Margin

Method = Literal["welch", "permutation", "bootstrap"]
METHODS: tuple[Method, ...] = ("welch", "permutation", "bootstrap")
CORRECTIONS: tuple[Correction, ...] = ("holm", "bh", "bonferroni", "none")


@dataclass(frozen=True)
class Settings:
    """How an experiment is to be analysed.

    Attributes
    ----------
    level : float
        Of confidence.
    alternative : {"two-sided", "greater", "less"}
        What the treatment is suspected to do.
    method : {"welch", "permutation", "bootstrap"}
        Of means, shares and ratios: Welch's t (Newcombe's interval for shares), shuffled labels,
        which need no normal law, or BCa bootstrap intervals.
    correction : {"holm", "bh", "bonferroni", "none"}
        For several metrics and treatments: Holm (1979) keeps the chance of any false alarm,
        Benjamini & Hochberg (1995) the share of false ones among the alarms.
    missing : {"refuse", "zero", "exclude"}
        What a missing value means: nobody knows, nothing happened, or leave the unit out.
    keep_immature : bool
        Keep units that were not observed for a metric's whole window.
    cap : float or None
        Percentile of all arms together at which means and ratios are capped (winsorised).
    shares : tuple of float or None
        What part of the units each arm was designed to get, control first; equal if left out.
    guardrails : mapping of str to Margin
        By metric: how much worse it may become.
    lower_is_better : frozenset of str
        Metrics of which less is better.

    Examples
    --------
    >>> Settings(level=0.9).alternative
    'two-sided'
    """

    level: float = 0.95
    alternative: Alternative = "two-sided"
    method: Method = "welch"
    correction: Correction = "holm"
    missing: Missing = "refuse"
    keep_immature: bool = False
    cap: float | None = None
    shares: tuple[float, ...] | None = None
    guardrails: Mapping[str, Margin] = field(default_factory=dict)
    lower_is_better: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if not 0.5 <= self.level < 1.0:
            raise CvosimError(f"level: must be at least 0.5 and below 1 (got {self.level})")
        if self.cap is not None and not 50.0 < self.cap < 100.0:
            raise CvosimError(f"cap: must be between 50 and 100, such as 99.5 (got {self.cap})")
        for name, value, known in (
            ("alternative", self.alternative, ALTERNATIVES),
            ("method", self.method, METHODS),
            ("correction", self.correction, CORRECTIONS),
            ("missing", self.missing, MISSING),
        ):
            if value not in known:
                raise CvosimError(f'{name}: must be one of {", ".join(known)} (got "{value}")')

    @property
    def alpha(self) -> float:
        """Chance of a false alarm, of one test."""
        return 1.0 - self.level
