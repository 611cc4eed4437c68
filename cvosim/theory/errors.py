"""What theory says when mathematics has no answer."""

from __future__ import annotations

from cvosim.errors import CvosimError


class NoClosedForm(CvosimError):  # noqa: N818 - it reads as what it says
    """A quantity whose exact expectation is out of reach, with the reason in words.

    Raised for a whole plan when decisions depend on who the customer is or on the trust it
    has gathered, and for a single name of `Expectations` when only that quantity is out of
    reach. Simulate instead.
    """
