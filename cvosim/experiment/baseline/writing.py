"""A baseline as a file that git shows well: sorted, and one metric a line."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from cvosim.metrics.estimate import Estimate, number_or_none
from cvosim.stats.paired import z_of

if TYPE_CHECKING:
    from cvosim.experiment.baseline.record import Baseline, Record, Software

FORMAT = "cvosim baseline"
SCHEMA_VERSION = 1


def baseline_text(baseline: Baseline) -> str:
    """Write a baseline: the same bytes whenever it is the same.

    Examples
    --------
    >>> from cvosim.experiment.baseline.record import Baseline
    >>> print(baseline_text(Baseline({})), end="")
    {
      "format": "cvosim baseline",
      "schema_version": 1,
      "tolerances": {"every": 0.0, "of": {}},
      "records": {}
    }
    """
    allowed = baseline.tolerances
    tolerances = {"every": allowed.every, "of": dict(sorted(allowed.of.items()))}
    records = [
        f"    {_flat(key)}: {_record(record)}" for key, record in sorted(baseline.records.items())
    ]
    body = "{\n" + ",\n".join(records) + "\n  }" if records else "{}"
    lines = [
        f'"format": {_flat(FORMAT)}',
        f'"schema_version": {SCHEMA_VERSION}',
        f'"tolerances": {_flat(tolerances)}',
        f'"records": {body}',
    ]
    return "{\n" + ",\n".join(f"  {line}" for line in lines) + "\n}\n"


def _record(record: Record) -> str:
    parts = {
        "scenario_hash": _flat(record.scenario_hash),
        "plan_hash": _flat(record.plan_hash),
        "trajectory_hash": _flat(record.trajectory_hash),
        "software": _flat(_software(record.software)),
        "metrics": "{\n" + ",\n".join(_metrics(record.metrics)) + "\n      }",
        "settings": _deep(record.settings, 6),
    }
    if record.written is not None:
        parts["written"] = _deep(sorted(record.written), 6)
        if record.written.bases:
            parts["bases"] = _deep(list(record.written.bases), 6)
        if record.written.layers:
            parts["layers"] = _deep([one._asdict() for one in record.written.layers], 6)
    return "{\n" + ",\n".join(f'      "{key}": {text}' for key, text in parts.items()) + "\n    }"


def _software(software: Software) -> dict[str, object]:
    return {
        "cvosim": software.cvosim,
        "trajectory_version": software.trajectory_version,
        "rounding": software.rounding,
        "versions": dict(sorted(software.versions.items())),
    }


def _metrics(metrics: Mapping[str, Estimate]) -> Iterator[str]:
    for name, estimate in sorted(metrics.items()):
        reach = z_of(0.95) * estimate.standard_error
        numbers = {
            "value": estimate.value,
            "standard_error": estimate.standard_error,
            "low": number_or_none(estimate.value - reach),
            "high": number_or_none(estimate.value + reach),
            "unit": estimate.unit,
        }
        kept = {key: _json_number(value) for key, value in numbers.items()}
        yield f"        {_flat(name)}: {_flat(kept)}"


def _json_number(value: object) -> object:
    """JSON knows neither NaN, which becomes null, nor infinity, which becomes a word."""
    if not isinstance(value, float) or math.isfinite(value):
        return value
    return None if math.isnan(value) else f"{value}"


def _flat(value: object) -> str:
    return json.dumps(value, allow_nan=False)


def _deep(value: object, indent: int) -> str:
    lines = json.dumps(value, allow_nan=False, indent=2, sort_keys=True).splitlines()
    return f"\n{' ' * indent}".join(lines)
