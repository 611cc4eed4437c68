"""One customer's luck: every random draw of the reference engine, by site and occurrence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from cvosim.engine.reference_world import Draw
from cvosim.randomness import draws_plain, philox_plain


class Luck(NamedTuple):
    """The draws of one customer; equal questions get equal answers, in any order.

    A *site* is one decision of one named step, an *occurrence* counts how often this
    customer has been there. Nothing is remembered from draw to draw, so a customer meets
    two versions of a journey with the same luck.
    """

    seed: int
    customer: int

    def happens(self, probability: float, site: int, occurrence: int = 0) -> bool:
        """Tell whether something of this probability happens."""
        return self.uniform(site, occurrence) < probability

    def uniform(self, site: int, occurrence: int = 0) -> float:
        """Draw a number between 0 and 1, neither of them included."""
        return philox_plain.uniform(self.seed, self.customer, site, occurrence)

    def normal(self, site: int, occurrence: int = 0) -> float:
        """Draw a standard normal number."""
        return draws_plain.normal(self.seed, self.customer, site, occurrence)

    def exponential(self, site: int, occurrence: int = 0) -> float:
        """Draw an exponential number of mean 1."""
        return draws_plain.exponential(self.seed, self.customer, site, occurrence)

    def gamma(self, shape: float, site: int, occurrence: int = 0) -> float:
        """Draw a gamma number of rate 1."""
        return draws_plain.gamma(shape, self.seed, self.customer, site, occurrence)

    def beta(self, a: float, b: float, site: int, occurrence: int = 0) -> float:
        """Draw a beta number, between 0 and 1."""
        return draws_plain.beta(a, b, self.seed, self.customer, site, occurrence)

    def choice(self, cumulative: Sequence[float], site: int) -> int:
        """Draw one of several shares, given as running sums."""
        return draws_plain.categorical(cumulative, self.seed, self.customer, site, 0)

    def days(self, draw: Draw, occurrence: int = 0) -> float:
        """Draw how long something takes, in days."""
        kind, a, b, site = draw
        return draws_plain.draw(kind, a, b, self.seed, self.customer, site, occurrence)
