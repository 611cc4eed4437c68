"""Closed forms: exact expectations of what a plan does, to hold the engines against."""

from cvosim.theory.bg_nbd import BgNbd, MbgNbd
from cvosim.theory.branching import Growth, growth
from cvosim.theory.errors import NoClosedForm
from cvosim.theory.ever import ever_orders
from cvosim.theory.expectations import Expectations, Moments, expected
from cvosim.theory.galton_watson import (
    Offspring,
    extinction_probability,
    generation_mean,
    progeny_of_root,
    total_progeny,
)
from cvosim.theory.ladder import ladder_occupation
from cvosim.theory.pareto_nbd import ParetoNbd
from cvosim.theory.repeat import Poisson
from cvosim.theory.retention import buyers_alive, contract_survival, subscribed_after
from cvosim.theory.season import seasonal_nbd, seasonal_poisson, seasonal_time
from cvosim.theory.subscription import bills_by, geometric_survival, sbg_survival

__all__ = [
    "BgNbd",
    "Expectations",
    "Growth",
    "MbgNbd",
    "Moments",
    "NoClosedForm",
    "Offspring",
    "ParetoNbd",
    "Poisson",
    "bills_by",
    "buyers_alive",
    "contract_survival",
    "ever_orders",
    "expected",
    "extinction_probability",
    "generation_mean",
    "geometric_survival",
    "growth",
    "ladder_occupation",
    "progeny_of_root",
    "sbg_survival",
    "seasonal_nbd",
    "seasonal_poisson",
    "seasonal_time",
    "subscribed_after",
    "total_progeny",
]
