"""The result of an experiment's analysis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

from cvosim.metrics.estimate import number_or_none
from cvosim.stats.abtest.settings import Settings
from cvosim.stats.effect import Effect
from cvosim.stats.methods.bayes import Belief
from cvosim.stats.methods.noninferiority import Margin
from cvosim.stats.methods.sample_ratio import SampleRatio
from cvosim.stats.methods.winsor import Winsorised


class Guarded(NamedTuple):
    """A metric that must not get worse by more than a margin.

    Attributes
    ----------
    metric, treatment : str
    margin : Margin
    verdict : str
        ``better``, ``not worse``, ``worse`` or ``unclear``; see `methods.noninferiority`.
    """

    metric: str
    treatment: str
    margin: Margin
    verdict: str


@dataclass(frozen=True)
class ABTest:
    """Every metric of every treatment against control.

    Attributes
    ----------
    source : str
        Where the data come from.
    arms : tuple of str
        Control first.
    units : tuple of int
        Assigned units in each arm.
    metrics : tuple of str
        Names; the first one decides.
    effects : tuple of Effect
        By metric, then by treatment.
    sample_ratio : SampleRatio
        Whether the arms are as large as they were designed to be.
    guardrails : tuple of Guarded
    beliefs : mapping of (metric, treatment) to Belief
        Of a Bayesian without prior opinion, by the normal law; better is what the metric wants.
    caps : mapping of str to Winsorised
        By metric: what capping took away, and how far it moves the question that is asked.
    warnings : tuple of str
        Doubts about the numbers, in sentences.
    settings : Settings
    """

    source: str
    arms: tuple[str, ...]
    units: tuple[int, ...]
    metrics: tuple[str, ...]
    effects: tuple[Effect, ...]
    sample_ratio: SampleRatio
    guardrails: tuple[Guarded, ...] = ()
    beliefs: Mapping[tuple[str, str], Belief] = field(default_factory=lambda: MappingProxyType({}))
    caps: Mapping[str, Winsorised] = field(default_factory=lambda: MappingProxyType({}))
    warnings: tuple[str, ...] = ()
    settings: Settings = field(default_factory=Settings)

    @property
    def treatments(self) -> tuple[str, ...]:
        """All arms but control."""
        return self.arms[1:]

    def effect(self, metric: str, treatment: str | None = None) -> Effect:
        """Find one effect; of the only treatment, if none is named.

        Raises
        ------
        KeyError
            If there is none, or there are several treatments and none is named.
        """
        if treatment is None and len(self.treatments) > 1:
            raise KeyError(f"which treatment? There are {', '.join(self.treatments)}")
        wanted = treatment or self.treatments[0]
        for one in self.effects:
            if (one.metric, one.treatment) == (metric, wanted):
                return one
        raise KeyError(f"no effect of {wanted} on {metric}")

    def verdict(self, one: Effect) -> str:
        """``better``, ``worse`` or ``unclear``; of a guardrail also ``not worse``."""
        for guard in self.guardrails:
            if (guard.metric, guard.treatment) == (one.metric, one.treatment):
                return guard.verdict
        if not one.significant:
            return "unclear"
        lower = one.metric in self.settings.lower_is_better
        return "better" if (one.difference > 0.0) != lower else "worse"

    def summary(self) -> str:
        """Say in a line each what every treatment does to every metric.

        `cvosim abtest` says more, and in money.
        """
        lines = []
        for one in self.effects:
            ends = f"{one.low:+.4g} to {one.high:+.4g}"
            lines.append(
                f"{one.metric}, {one.treatment} against {one.control}: {one.difference:+.4g} "
                f"({ends}), p {one.p_value:.2g}, {self.verdict(one)}"
            )
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Give plain dictionaries and lists, ready for JSON."""
        return {
            "source": self.source,
            "arms": [
                {"name": arm, "units": n} for arm, n in zip(self.arms, self.units, strict=True)
            ],
            "effects": [
                {
                    **one.to_dict(),
                    "verdict": self.verdict(one),
                    **self._belief(one.metric, one.treatment),
                }
                for one in self.effects
            ],
            "sample_ratio": {
                **_plain(self.sample_ratio._asdict()),
                "p_value": self.sample_ratio.p_value,
                "mismatch": self.sample_ratio.mismatch,
            },
            "guardrails": [
                {**one._asdict(), "margin": one.margin._asdict()} for one in self.guardrails
            ],
            "caps": {
                metric: {
                    "columns": [_plain(cap._asdict()) for cap in one.caps],
                    "shifts": [_plain(shift._asdict()) for shift in one.shifts],
                }
                for metric, one in self.caps.items()
            },
            "warnings": list(self.warnings),
        }

    def to_pandas(self) -> Any:
        """Give the effects as a pandas data frame, one row each."""
        import pandas as pd

        return pd.DataFrame([one.to_dict() for one in self.effects])

    def _belief(self, metric: str, treatment: str) -> dict[str, Any]:
        found = self.beliefs.get((metric, treatment))
        if found is None:
            return {}
        return {
            "chance_to_win": float(found.chance),
            "loss_if_shipped": float(found.loss_treatment),
            "loss_if_not": float(found.loss_control),
        }


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Turn numbers that JSON does not know into null, arrays into lists."""

    def one(value: Any) -> Any:
        if hasattr(value, "tolist"):
            value = value.tolist()
        if isinstance(value, float):
            return number_or_none(value)
        return [one(part) for part in value] if isinstance(value, (list, tuple)) else value

    return {name: one(value) for name, value in values.items()}
