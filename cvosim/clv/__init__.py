"""Customer lifetime value from anybody's order log: read, sum up, fit, project.

Every model has an estimator with scikit-learn's manners, such as `BetaGeometricNBD`, whose
`fit` gives a frozen fitted model; and a law, its mathematics at given parameters, under its
short name, such as `BgNbd`.
"""

from cvosim.clv.models.bg_bb import BetaGeometricBetaBinomial, BgBb
from cvosim.clv.models.bg_nbd import BetaGeometricNBD, BgNbd
from cvosim.clv.models.cohort_counts import CohortCounts
from cvosim.clv.models.fitted import Fitted
from cvosim.clv.models.fitted_purchases import FittedPurchases
from cvosim.clv.models.gamma_gamma import GammaGamma, Gg
from cvosim.clv.models.mbg_nbd import MbgNbd, ModifiedBetaGeometricNBD
from cvosim.clv.models.opportunities import Opportunities
from cvosim.clv.models.order_fit import OrderFit, fit_orders
from cvosim.clv.models.pareto_nbd import ParetoNBD, ParetoNbd
from cvosim.clv.models.sbg import Sbg, ShiftedBetaGeometric
from cvosim.clv.orders.event_summary import summarise_events
from cvosim.clv.orders.history import History
from cvosim.clv.orders.reading import OrderLog, read_orders
from cvosim.clv.orders.summary import Summary, summarise

__all__ = [
    "BetaGeometricBetaBinomial",
    "BetaGeometricNBD",
    "BgBb",
    "BgNbd",
    "CohortCounts",
    "Fitted",
    "FittedPurchases",
    "GammaGamma",
    "Gg",
    "History",
    "MbgNbd",
    "ModifiedBetaGeometricNBD",
    "Opportunities",
    "OrderFit",
    "OrderLog",
    "ParetoNBD",
    "ParetoNbd",
    "Sbg",
    "ShiftedBetaGeometric",
    "Summary",
    "fit_orders",
    "read_orders",
    "summarise",
    "summarise_events",
]
