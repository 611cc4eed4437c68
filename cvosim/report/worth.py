"""What a prospect is worth in a comparison, with the people whom it brings where there are any."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cvosim.metrics.metric import VALUE, WITH_REFERRALS

if TYPE_CHECKING:
    from cvosim.experiment.compare import Comparison


class Worth(NamedTuple):
    """How much more a prospect earns in the variant than in the baseline.

    Attributes
    ----------
    baseline : float or None
        What it earns there.
    difference, standard_error, low, high : float or None
        Variant less baseline, with its 95 % interval; None or NaN where it is not known.
    includes : str
        What goes into it beside the prospect's own value, as an inserted clause; empty for
        nothing.
    """

    baseline: float | None
    difference: float | None
    standard_error: float | None
    low: float | None
    high: float | None
    includes: str = ""


def worth_of(comparison: Comparison, variant: str) -> Worth:
    """Say by how much a prospect's worth differs.

    Parameters
    ----------
    comparison : Comparison
        As `cvosim.compare` returns it.
    variant : str
        Which of its variants.

    Returns
    -------
    Worth
        Of ``clv_with_referrals`` where either scenario has referral, else of
        ``clv_per_prospect``.

    Examples
    --------
    >>> from cvosim import compare, load_scenario
    >>> names = ("carpet_cleaning", "carpet_cleaning_no_tripwire")
    >>> result = compare([load_scenario(name) for name in names], customers=20_000)
    >>> worth_of(result, result.variants[0]).difference < 0
    True
    """
    found = comparison.differences[variant]
    own = found[VALUE]
    whole = found.get(WITH_REFERRALS, own)
    worth = Worth(whole.baseline, whole.difference, whole.standard_error, whole.low, whole.high)
    if whole == own or whole.difference is None or own.difference is None:
        return worth  # nobody is brought in either scenario
    return worth._replace(includes=", people brought by referral included")
