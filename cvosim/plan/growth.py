"""The limit to how far referral lets a population grow."""

from __future__ import annotations

import math

from cvosim.errors import CvosimError


def check_growth(n_referred: int, n_lived: int, n_market: int, cap: float) -> None:
    """Refuse a population that referral has let grow beyond what the scenario allows.

    Parameters
    ----------
    n_referred : int
        People brought by referral so far, those included who have yet to arrive.
    n_lived : int
        Customers who brought them.
    n_market : int
        Market prospects of the whole run.
    cap : float
        Most referred people per market prospect.

    Raises
    ------
    CvosimError
        If there are more than the cap's number per market prospect, rounded up.

    Examples
    --------
    >>> check_growth(n_referred=900, n_lived=1000, n_market=100, cap=10.0)
    """
    if n_referred > math.ceil(cap * n_market):
        raise CvosimError(
            f"journey.referral: {n_referred:,} people were referred by {n_lived:,} customers "
            f"(K = {n_referred / max(n_lived, 1):.2f} each), more than the cap of {cap:g} per "
            "market prospect allows. Lower invitations.mean or the shares of advocates, shorten "
            "horizon_days, or raise journey.referral.cap"
        )
