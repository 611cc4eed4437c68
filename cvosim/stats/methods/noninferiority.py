"""Guardrails: whether a treatment is better, at least not worse by more than a margin, or worse."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvosim.errors import DataError
from cvosim.stats.contrast import ArmStat, Contrast, t_quantile, t_tail, welch
from cvosim.tables.columns import Floats

VERDICTS = ("better", "not worse", "worse", "unclear")
Flags = NDArray[np.bool_]


class Margin(NamedTuple):
    """How much worse is still good enough.

    Attributes
    ----------
    size : float
        Above 0; in the metric's unit, or a share of control (0.02 is 2 %).
    relative : bool
    higher_is_better : bool
    """

    size: float
    relative: bool = False
    higher_is_better: bool = True

    @property
    def words(self) -> str:
        """Say it."""
        side = "lower" if self.higher_is_better else "higher"
        if self.relative:
            return f"at most {100 * self.size:g} % {side} than control"
        return f"at most {self.size:g} {side} than control"


class Guardrail(NamedTuple):
    """A treatment against a margin.

    Attributes
    ----------
    margin : Margin
    statistic, p_value : ndarray of float64, shape (...)
        Of the test that the treatment is worse by the margin or more; a small p-value says it is
        not.
    bound : ndarray of float64, shape (...)
        The worst that is compatible with the data, at the level: an end of the two-sided
        interval of the difference, or of the lift if the margin is relative.
    p_better, p_worse : ndarray of float64, shape (...)
        One-sided, of no difference at all.
    verdict : ndarray of str, shape (...)
        ``better``: a difference in the good direction is significant. ``not worse``: that may be
        so or not, but a difference beyond the margin is ruled out. ``worse``: a difference in the
        bad direction is significant, and may be beyond the margin. ``unclear``: none of it.
    level : float
        Of the two-sided interval; each one-sided test has half of the error.
    """

    margin: Margin
    statistic: Floats
    p_value: Floats
    bound: Floats
    p_better: Floats
    p_worse: Floats
    verdict: NDArray[np.str_]
    level: float


def guardrail(
    control: ArmStat,
    treatment: ArmStat,
    margin: Margin,
    *,
    level: float = 0.95,
    normal: bool = False,
) -> Guardrail:
    """Test non-inferiority of a treatment.

    One-sided at half of ``1 - level``, so that it agrees with the two-sided interval (ICH E9
    1998, section 5.5). With a margin that is a share of control, the test is of ``treatment - (1
    - size) control``, whose error has control's in it (Laster & Johnson 2003), and the bound
    inverts it (Fieller 1954).

    Parameters
    ----------
    control, treatment : ArmStat
        As ``metric.arms`` gives them; arrays for many experiments.
    margin : Margin
    level : float
    normal : bool
        The normal law instead of Student's t: Wald's test of proportions.

    Raises
    ------
    DataError
        If the margin is not above 0.

    Examples
    --------
    >>> arms = [ArmStat(*map(np.float64, (p, p * (1 - p), 1000))) for p in (0.118, 0.120)]
    >>> found = guardrail(*arms, Margin(0.02), normal=True)
    >>> round(float(found.statistic), 6), round(float(found.p_value), 6), str(found.verdict)
    (1.519317, 0.064341, 'unclear')
    """
    if not margin.size > 0.0:
        raise DataError(f"the margin is {margin.size:g}; it must be above 0")
    good = 1.0 if margin.higher_is_better else -1.0
    plain = _contrast(control, treatment, normal)
    error = (1.0 - level) / 2.0
    if margin.relative:
        share = 1.0 - good * margin.size
        base = np.where(control.value > 0.0, control.value, np.nan)
        scaled = ArmStat(share * base, share**2 * control.variance, control.n)
        tested = _contrast(scaled, treatment, normal)
        statistic = good * tested.statistic()
        reach = t_quantile(1.0 - error, tested.df)
        bound = _fieller(control, treatment, reach, -good)
    else:
        tested = plain
        statistic = good * plain.statistic(-good * margin.size)
        reach = t_quantile(1.0 - error, plain.df)
        bound = plain.difference - good * reach * plain.standard_error
    p_value = t_tail(statistic, tested.df)
    p_better, p_worse = plain.tails()[:: int(good)]
    verdict = _verdict(p_better <= error, p_value <= error, p_worse <= error)
    return Guardrail(margin, statistic, p_value, bound, p_better, p_worse, verdict, level)


def judge(low: Floats, high: Floats, margin: Margin) -> NDArray[np.str_]:
    """Verdict by an interval of any method, such as one of quantiles or of survival.

    Parameters
    ----------
    low, high : array of float, shape (...)
        Two-sided confidence interval of the difference, or of the lift if the margin is relative.
    margin : Margin

    Examples
    --------
    >>> low, high = np.array([0.1, -0.5, -3.0, -3.0]), np.array([2.0, 2.0, -0.1, 3.0])
    >>> judge(low, high, Margin(1.0)).tolist()
    ['better', 'not worse', 'worse', 'unclear']
    """
    if not margin.higher_is_better:
        low, high = -np.asarray(high), -np.asarray(low)
    better, not_worse, worse = low > 0.0, low > -margin.size, high < 0.0
    return _verdict(*map(np.asarray, (better, not_worse, worse)))


def _verdict(better: Flags, not_worse: Flags, worse: Flags) -> NDArray[np.str_]:
    rest = np.where(worse, VERDICTS[2], VERDICTS[3])
    return np.asarray(np.where(better, VERDICTS[0], np.where(not_worse, VERDICTS[1], rest)))


def _contrast(control: ArmStat, treatment: ArmStat, normal: bool) -> Contrast:
    found = welch(control, treatment)
    return found._replace(df=np.full_like(found.df, np.inf)) if normal else found


def _fieller(control: ArmStat, treatment: ArmStat, reach: Floats, side: float) -> Floats:
    """One end of Fieller's (1954) interval of the lift: -1 for the lower, 1 for the upper.

    Solves ``(t - r c)**2 = reach**2 (vt + r**2 vc)``; infinite where control's own interval
    includes 0. All are taken relative to control, so that no power of large values is.
    """
    c = control.value
    with np.errstate(divide="ignore", invalid="ignore"):
        t, vc, vt = treatment.value / c, *(a.variance / a.n / c / c for a in (control, treatment))
        a = 1.0 - reach**2 * vc
        root = np.sqrt(np.maximum(t**2 - a * (t**2 - reach**2 * vt), 0.0))
        found = (t + side * root) / a - 1.0
    return np.where((c > 0.0) & (a > 0.0), found, np.where(c > 0.0, side * np.inf, np.nan))
