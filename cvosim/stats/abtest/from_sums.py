"""Effects from sums alone: of days, chunks or cohorts that were added up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cvosim.errors import DataError
from cvosim.stats.abtest.analyze import corrected
from cvosim.stats.abtest.compare import (
    Names,
    by_means,
    check_arms,
    effect_of,
    proportion_effect,
)
from cvosim.stats.abtest.settings import Settings
from cvosim.stats.effect import Effect
from cvosim.stats.further_metrics import Proportion
from cvosim.stats.metric import MomentMetric
from cvosim.stats.moments import Moments


def analyze_sums(
    arms: Sequence[str],
    sums: Moments,
    metrics: Mapping[str, MomentMetric],
    settings: Settings | None = None,
) -> tuple[Effect, ...]:
    """Compare every treatment with control in metrics of means, from their sums.

    Sums of parts of the data add up (``+``) to those of the whole, to rounding: keep those of each
    day and no row needs to be read twice.

    Parameters
    ----------
    arms : sequence of str
        Control first.
    sums : Moments
        With one leading axis, the arms; see `stats.loops.group_moments`.
    metrics : mapping of str to Mean, Ratio or Proportion
        Of the columns that the sums are of.
    settings : Settings, optional
        Level, alternative and correction; what needs rows (methods, caps, missing values) does not
        apply.

    Returns
    -------
    tuple of Effect
        By metric, then by treatment: those that `analyze` gives for all rows together.

    Raises
    ------
    DataError
        If a metric needs a column that was not summed, or an arm cannot be compared.

    Examples
    --------
    >>> import numpy as np
    >>> from cvosim.stats import Mean
    >>> from cvosim.stats.loops import group_moments
    >>> arm = np.array([0, 1, 0, 1, 0, 1], np.int32)
    >>> monday = group_moments({"spend": [0.0, 3.0, 2.0, 5.0, 1.0, 4.0]}, arm, 2)
    >>> tuesday = group_moments({"spend": [1.0, 2.0, 0.0, 6.0, 5.0, 7.0]}, arm, 2)
    >>> effect, = analyze_sums(("A", "B"), monday + tuesday, {"spend": Mean("spend")})
    >>> effect.n_control, effect.difference
    (6, 3.0)
    """
    how = settings or Settings()
    effects = []
    for name, metric in metrics.items():
        missing = [column for column in metric.columns if column not in sums.columns]
        if missing:
            raise DataError(f"{name}: no sums of {', '.join(missing)}")
        for arm in range(1, len(arms)):
            names = Names(name, arms[0], arms[arm])
            found = metric.arms(sums[0], sums[arm])
            is_share = isinstance(metric, Proportion)
            check_arms(names, found, "the sums", is_share=is_share)
            between = by_means(found, (), 0, "Welch's t")
            sizes = int(found.control.n), int(found.treatment.n)
            effects.append(
                proportion_effect(names, between, found, how)
                if is_share
                else effect_of(names, between, sizes, how)
            )
    return corrected(effects, how)
