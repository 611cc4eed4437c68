"""From tables to numbers: every metric with one definition, a unit and a standard error."""

from cvosim.metrics.curves import CashCurve, cash_curve, payback_time
from cvosim.metrics.estimate import Estimate, Metrics
from cvosim.metrics.measure import influence, measure
from cvosim.metrics.registry import Metric, catalogue
from cvosim.metrics.retention import Retention, Survival, retention, subscriber_survival
from cvosim.metrics.rfm import Rfm, rfm_scores

__all__ = [
    "CashCurve",
    "Estimate",
    "Metric",
    "Metrics",
    "Retention",
    "Rfm",
    "Survival",
    "cash_curve",
    "catalogue",
    "influence",
    "measure",
    "payback_time",
    "retention",
    "rfm_scores",
    "subscriber_survival",
]
