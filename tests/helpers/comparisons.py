"""Comparisons made by hand, to test what is said and drawn about them."""

from __future__ import annotations

from dataclasses import replace

from cvosim.experiment.compare import Comparison, Difference
from cvosim.metrics.estimate import Estimate, Metrics
from cvosim.stats.decomposition import ValueFactors, ValueSplit
from cvosim.tables.manifest import Manifest

A, B = "With tripwire", "Without"
PARTS = ("time", "frequency", "monetary_value", "cost", "total")


def metrics(core: float, core_reach: float, *, tripwire: bool) -> Metrics:
    found = {
        "prospects": Estimate(10_000.0, 0.0, "customers"),
        "reach.lead_magnet": Estimate(1.0, 0.0, "share"),
        "conversion.lead_magnet": Estimate(0.2, 0.004, "share"),
        "reach.core_offer": Estimate(core_reach, 0.002, "share"),
        "conversion.core_offer": Estimate(core, 0.01, "share"),
        "clv_per_prospect": Estimate(5.0, 0.2, "EUR"),
    }
    if tripwire:
        found["reach.tripwire"] = Estimate(0.2, 0.004, "share")
        found["conversion.tripwire"] = Estimate(0.1, 0.006, "share")
    return Metrics(found)


def difference(gain: float, half: float) -> Difference:
    """Variant less baseline of the value per prospect, with the half-width of its interval."""
    return Difference(5.0, 5.0 + gain, gain, half / 1.96, gain - half, gain + half, 3.0, "EUR")


def comparison(gain: float, half: float, *, identical: float = 0.5) -> Comparison:
    """A with a tripwire, B without; B earns ``gain`` more per prospect."""
    factors = (ValueFactors(4.0, 0.02, 100.0, 3.0), ValueFactors(2.0, 0.05, 90.0, 2.5))
    parts = {"time": 2 * gain, "frequency": -0.7 * gain, "monetary_value": -0.4 * gain}
    parts |= {"cost": 0.1 * gain, "total": gain}
    errors = dict.fromkeys(PARTS, half / 1.96)
    split = ValueSplit(**parts, standard_errors=errors, baseline=factors[0], variant=factors[1])
    manifest = Manifest(A, "a", "b", 1, 7, 10_000, "kernel", None, {}, "2026-01-01", 0.1, 0.0)
    return Comparison(
        baseline=A,
        variants=(B,),
        currency="EUR",
        customers=10_000,
        seed=7,
        metrics={A: metrics(0.3, 0.02, tripwire=True), B: metrics(0.01, 0.2, tripwire=False)},
        differences={
            B: {
                "clv_per_prospect": difference(gain, half),
                "conversion.core_offer": Difference(
                    0.3, 0.01, -0.29, 0.01, -0.31, -0.27, 1.0, "share"
                ),
                "conversion.tripwire": Difference(0.1, None, None, None, None, None, None, "share"),
                "reach.core_offer": Difference(0.02, 0.2, 0.18, 0.01, 0.16, 0.2, 1.0, "share"),
            }
        },
        decomposition={B: split},
        identical={B: identical},
        manifests={A: manifest, B: replace(manifest, scenario_name=B)},
    )
