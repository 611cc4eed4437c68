"""Which quantities each name of `Expectations` is made of, to know what is out of reach."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

_MARGIN = ("contribution", "acquisition_cost")
_SOURCES = {
    "arrived_share": ("arrived",),
    "leads_share": ("leads",),
    "buyers_share": ("buyers",),
    "unsubscribed_share": ("unsubscribed",),
    "alive_share": ("alive",),
    "discounted_revenue_per_prospect": ("revenue", "refunds"),
    "discounted_cost_per_prospect": ("cost",),
    "discounted_acquisition_cost_per_prospect": ("acquisition_cost",),
    "clv_per_prospect": ("contribution",),
    "cost_per_lead": ("acquisition_cost", "leads"),
    "cac": ("acquisition_cost", "buyers"),
    "net_cac": ("acquisition_cost", "tripwire_contribution", "buyers"),
    "orders_per_buyer": ("orders", "buyers"),
    "aov": ("revenue", "orders"),
    "clv_per_lead": (*_MARGIN, "leads"),
    "clv_per_buyer": (*_MARGIN, "buyers"),
    "contribution_per_lead": (*_MARGIN, "leads"),
    "contribution_per_buyer": (*_MARGIN, "buyers"),
    "ltv_to_cac": _MARGIN,
}
_BY_STAGE = {"bills_per_subscriber": "bills", "churned_share": "cancelled"}


def sources_of(name: str) -> tuple[str, ...]:
    """List the rewards of a `Ledger` that a name is computed from.

    Examples
    --------
    >>> sources_of("cac"), sources_of("revenue_per_prospect"), sources_of("churned_share.box")
    (('acquisition_cost', 'buyers'), ('revenue',), ('cancelled.box',))
    """
    if name in _SOURCES:
        return _SOURCES[name]
    kind, dot, which = name.partition(".")
    if kind in _BY_STAGE:
        return (f"{_BY_STAGE[kind]}.{which}",)
    return (name if dot else name.removesuffix("_per_prospect"),)


def missing_names(names: Iterable[str], out_of_reach: Mapping[str, str]) -> dict[str, str]:
    """Give the names without closed form, and the reason why, from those of their sources."""
    missing = {}
    for name in names:
        reasons = [out_of_reach[source] for source in sources_of(name) if source in out_of_reach]
        if reasons:
            missing[name] = reasons[0]
    return missing
