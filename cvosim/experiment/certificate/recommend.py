"""Which procedure to take: those that keep their promises, by how often they find the effect."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Unpack

from cvosim.errors import CvosimError
from cvosim.experiment.certificate.certificate import Certificate
from cvosim.experiment.certificate.certify import Luck, Running, certify_all, is_share
from cvosim.experiment.certificate.design import Design
from cvosim.experiment.certificate.procedures import (
    PROCEDURES,
    Procedure,
    kind_of,
    procedure_named,
)
from cvosim.experiment.certificate.worlds import measured, truth


@dataclass(frozen=True)
class Recommendation:
    """Candidates and their certificates, the best one first.

    Attributes
    ----------
    certificates : tuple of Certificate
        Those that pass by their power, then the others by their false alarms.
    """

    certificates: tuple[Certificate, ...]

    @property
    def passing(self) -> tuple[Certificate, ...]:
        """Those that keep their promise, and can be relied on to."""
        return tuple(
            one for one in self.certificates if one.verdict.passed and not one.procedure.trap
        )

    @property
    def best(self) -> Certificate | None:
        """The first of those; None if there is none."""
        return self.passing[0] if self.passing else None

    def with_others(self, others: Recommendation) -> Recommendation:
        """Add the candidates of another recommendation on the same design."""
        names = {one.procedure.name for one in others.certificates}
        mine = (one for one in self.certificates if one.procedure.name not in names)
        return Recommendation(tuple(sorted((*mine, *others.certificates), key=_rank)))

    def of(self, name: str) -> Certificate:
        """Give the certificate of one procedure.

        Raises
        ------
        CvosimError
            If it is no candidate.
        """
        for one in self.certificates:
            if one.procedure.name == name:
                return one
        known = ", ".join(one.procedure.name for one in self.certificates)
        raise CvosimError(f'procedure: "{name}" is no candidate; there are {known}')

    def lines(self, asked: str | None = None) -> Iterator[str]:
        """Say it in plain English: first of the procedure asked about, then what to take."""
        from cvosim.experiment.certificate.certificate_text import recommendation_lines

        return recommendation_lines(self, asked)

    def summary(self, asked: str | None = None) -> str:
        """Give the lines as one text."""
        return "\n".join(self.lines(asked))

    def to_dict(self) -> dict[str, Any]:
        """Give everything as numbers, texts and lists."""
        best = self.best
        return {
            "recommended": None if best is None else best.procedure.name,
            "candidates": [one.to_dict() for one in self.certificates],
        }


def recommend(
    metric: Any,
    source: Any,
    design: Design,
    *,
    candidates: Sequence[str | Procedure] | None = None,
    luck: Luck | None = None,
    **running: Unpack[Running],
) -> Recommendation:
    """Certify several procedures on the same replications and rank them.

    Parameters
    ----------
    metric : Mean, Ratio, Proportion, CLV, Retention, Quantile or Survival
    source : Pool, Scenario, sequence of Scenario, data frame, mapping of columns or file
    design : Design
    candidates : sequence of str or Procedure, optional
        Every one that is for such a metric and design, if left out.
    luck : Luck, optional
        Replications (10,000), tolerance and seed.
    **running
        ``threads`` and ``progress``.

    Returns
    -------
    Recommendation

    Examples
    --------
    >>> import numpy as np
    >>> from cvosim.experiment.certificate.worlds import pool_of_columns
    >>> from cvosim.stats.metric import Mean
    >>> pool = pool_of_columns({"bought": np.arange(1000) % 10 == 0})
    >>> found = recommend(Mean("bought"), pool, Design(1000), candidates=["welch", "newcombe"])
    >>> len(found.certificates)
    2
    """
    pool, metric = measured(source, metric, design)
    if candidates is None:
        shares, arms = is_share(pool, metric), truth(metric, pool)
        chosen = [
            one
            for one in PROCEDURES.values()
            if one.unfit(metric, looks=design.looks, shares=shares) is None
            and not (one.name == "welch" and kind_of(metric) == "ratio")  # it is ratio_delta
            # slow ones only where there is nothing else
            and (one.most == 0 or kind_of(metric) in ("quantile", "survival"))
            and (one.scale == "difference" or min(arms) > 0.0)
            # who wants to look before the end gets what allows it
            and ("looks" in one.needs) == (design.looks > 1)
        ]
    else:
        chosen = [procedure_named(one) for one in candidates]
    found = certify_all(chosen, metric, pool, design, luck or Luck(10_000, None, 1), **running)
    return Recommendation(tuple(sorted(found, key=_rank)))


def _rank(one: Certificate) -> tuple[bool, float]:
    """Passing first, then by power, or by as few false alarms as possible."""
    if one.verdict.passed:
        held = one.interval is not None and one.interval.verdict.passed
        return False, -round(one.scores.power.value, 3) - 1e-4 * held if one.has_effect else -held
    return True, one.alarms.value
