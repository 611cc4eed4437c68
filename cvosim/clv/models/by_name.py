"""The models of buying and leaving by name, and which of them explains some customers best."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cvosim.clv.models.bg_nbd import BetaGeometricNBD
from cvosim.clv.models.mbg_nbd import ModifiedBetaGeometricNBD
from cvosim.clv.models.pareto_nbd import ParetoNBD
from cvosim.errors import DataError

if TYPE_CHECKING:
    from cvosim.clv.models.fitted_purchases import FittedPurchases
    from cvosim.clv.models.purchase_model import PurchaseModel
    from cvosim.clv.orders.summary import Summary

_ESTIMATORS: dict[str, type[PurchaseModel]] = {
    "bg_nbd": BetaGeometricNBD,
    "mbg_nbd": ModifiedBetaGeometricNBD,
    "pareto_nbd": ParetoNBD,
}
MODELS = tuple(_ESTIMATORS)
"""Names of the purchase models, in the order of tables."""

TITLES = {"bg_nbd": "BG/NBD", "mbg_nbd": "MBG/NBD", "pareto_nbd": "Pareto/NBD"}
"""The models as the literature writes them."""


def estimator(name: str) -> type[PurchaseModel]:
    """Give the class of a purchase model by its name.

    Raises
    ------
    DataError
        If there is none of that name.

    Examples
    --------
    >>> estimator("bg_nbd")().get_params()
    {'purchase_covariates': (), 'dropout_covariates': (), 'season': ()}
    """
    if name not in _ESTIMATORS:
        raise DataError(f'there is no purchase model "{name}"; choose from {", ".join(MODELS)}')
    return _ESTIMATORS[name]


def fit_all(
    names: Sequence[str], summary: Summary, **settings: tuple[str, ...] | tuple[float, ...]
) -> tuple[FittedPurchases, ...]:
    """Fit each of some models to the same customers.

    Parameters
    ----------
    names : sequence of str
        Of `MODELS`.
    summary : Summary
        The customers.
    **settings
        Of every `PurchaseModel`.

    Returns
    -------
    tuple of FittedPurchases
        In the order of `names`.

    Raises
    ------
    DataError
        If a model is named twice, none is named, or the customers cannot be fitted to.
    """
    if not names:
        raise DataError(f"no purchase model is named; choose from {', '.join(MODELS)}")
    twice = [name for name in names if list(names).count(name) > 1]
    if twice:
        raise DataError(f'the model "{twice[0]}" is named twice; once is enough')
    models = [estimator(name)(**settings) for name in names]  # type: ignore[arg-type]
    return tuple(model.fit(summary) for model in models)


def by_aic(fits: Sequence[FittedPurchases]) -> tuple[FittedPurchases, ...]:
    """Order fits to the same customers, the best first.

    Those with a clear maximum come before those without one; then Akaike's criterion (1974)
    decides, the likelihood less a penalty for each parameter.
    """
    return tuple(sorted(fits, key=lambda fit: (not fit.converged_, fit.aic_)))
