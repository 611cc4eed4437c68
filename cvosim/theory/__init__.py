"""Closed forms: exact expectations of what a plan does, to hold the engines against."""

from cvosim.theory.errors import NoClosedForm
from cvosim.theory.expectations import Expectations, Moments, expected
from cvosim.theory.repeat import BgNbd, ParetoNbd, Poisson
from cvosim.theory.subscription import bills_by, geometric_survival, sbg_survival

__all__ = [
    "BgNbd",
    "Expectations",
    "Moments",
    "NoClosedForm",
    "ParetoNbd",
    "Poisson",
    "bills_by",
    "expected",
    "geometric_survival",
    "sbg_survival",
]
