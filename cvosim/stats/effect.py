"""What a treatment changes in a metric: the one kind of result that every method gives."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Any

from cvosim.stats.contrast import Alternative


@dataclass(frozen=True, kw_only=True)
class Effect:
    """A treatment against control in one metric.

    Attributes
    ----------
    metric, control, treatment : str
        Names of the metric and of the two arms.
    control_value, treatment_value : float
        The metric in either arm; adjusted, if the method adjusts.
    difference, standard_error, low, high : float
        Treatment less control, with its confidence interval; NaN where a method gives none, and
        an infinite end for a one-sided question.
    lift, lift_low, lift_high : float
        The same relative to control (0.1 is +10 %); NaN unless both arms are above 0.
    statistic, df, p_value : float
        Of the test that there is no effect; df is inf for the normal law, NaN for others.
    method : str
        Of the test and interval, such as ``Welch's t``.
    adjustments : tuple of str
        Everything that was done to the numbers before: covariates, capping, strata, several
        comparisons, customers left out. Empty for nothing.
    level : float
        Of confidence.
    alternative : str
        ``two-sided``, ``greater`` or ``less``.
    n_control, n_treatment : int
        Units compared.
    excluded : int
        Units left out, of both arms: unmatured or with a missing value.
    p_adjusted : float
        After correction for several comparisons; NaN where there is none.
    """

    metric: str
    control: str
    treatment: str
    control_value: float
    treatment_value: float
    difference: float
    standard_error: float
    low: float
    high: float
    lift: float = math.nan
    lift_low: float = math.nan
    lift_high: float = math.nan
    statistic: float = math.nan
    df: float = math.nan
    p_value: float
    method: str
    adjustments: tuple[str, ...] = ()
    level: float = 0.95
    alternative: Alternative = "two-sided"
    n_control: int
    n_treatment: int
    excluded: int = 0
    p_adjusted: float = math.nan

    @property
    def significant(self) -> bool:
        """Whether the (adjusted, if it was adjusted) p-value is below 1 - level."""
        p = self.p_value if math.isnan(self.p_adjusted) else self.p_adjusted
        return p < 1.0 - self.level

    def to_dict(self) -> dict[str, Any]:
        """Give a plain dictionary, ready for JSON: what is not a finite number is null."""

        def plain(value: Any) -> Any:
            if isinstance(value, float) and not math.isfinite(value):
                return None
            return list(value) if isinstance(value, tuple) else value

        return {field.name: plain(getattr(self, field.name)) for field in fields(self)}
