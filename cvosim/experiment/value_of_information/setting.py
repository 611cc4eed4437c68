"""What the value of a test depends on: customers, costs, horizon, noise."""

from __future__ import annotations

import math
from dataclasses import dataclass

from cvosim.errors import CvosimError
from cvosim.experiment.stopping.arrivals import Arrivals
from cvosim.experiment.value_of_information.prior import Prior


@dataclass(frozen=True)
class Setting:
    """A test that might be run, and what its decision is about.

    Attributes
    ----------
    prior : Prior
        Of the effect per customer, in money.
    sd : float
        Standard deviation of what a customer's result says about the effect, in money: of its
        contribution, or of another metric's value turned into money.
    arrivals : Arrivals
    horizon_days : float
        Days of arrivals for which the decision counts; the test is part of them.
    delay_days : float
        From a customer's assignment until its result is known. In between, new customers get
        what is there today.
    share : float
        Part of the test's customers who get the treatment.
    alpha : float
        Of the test that is compared: ship what is significant at this level, on two sides.
    fixed_cost, day_cost : float
        Of the test: once, and for each day until the decision.
    ship_cost : float
        Of making the change for everybody, whenever that is done.
    currency : str
    name, metric : str
        What it is about, in words.

    Raises
    ------
    CvosimError
        If a part cannot be.
    """

    prior: Prior
    sd: float
    arrivals: Arrivals
    horizon_days: float = 365.0
    delay_days: float = 0.0
    share: float = 0.5
    alpha: float = 0.05
    fixed_cost: float = 0.0
    day_cost: float = 0.0
    ship_cost: float = 0.0
    currency: str = "USD"
    name: str = ""
    metric: str = "contribution"

    def __post_init__(self) -> None:
        for name in ("sd", "horizon_days"):
            value = getattr(self, name)
            if not 0.0 < value < math.inf:
                raise CvosimError(f"{name}: must be above 0 (got {value:g})")
        for name in ("delay_days", "fixed_cost", "day_cost", "ship_cost"):
            value = getattr(self, name)
            if not 0.0 <= value < math.inf:
                raise CvosimError(f"{name}: must be 0 or more (got {value:g})")
        for name in ("share", "alpha"):
            value = getattr(self, name)
            if not 0.0 < value < 1.0:
                raise CvosimError(f"{name}: must be between 0 and 1 (got {value:g})")
        if self.horizon_days < self.delay_days + 1.0:
            raise CvosimError(
                f"horizon_days: {self.horizon_days:g} days are over before the first result is "
                f"known, {self.delay_days:g} days after it began; take a longer horizon or an "
                "earlier metric"
            )
        if float(self.arrivals.by(self.horizon_days)) < 1.0:
            raise CvosimError(
                f"arrivals: nobody comes in {self.horizon_days:g} days; take a longer horizon"
            )

    @property
    def market(self) -> float:
        """Customers who come within the horizon."""
        return float(self.arrivals.by(self.horizon_days))
