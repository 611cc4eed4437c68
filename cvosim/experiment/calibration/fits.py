"""What a funnel's calibration found, stage by stage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cvosim.experiment.calibration.delays import DelayFit
from cvosim.experiment.calibration.shares import Share


@dataclass(frozen=True)
class StageFit:
    """One stage: what was observed, and what the scenario must say to reproduce it.

    Attributes
    ----------
    stage : str
        Its key.
    observed : Share or None
        Who accepted, of whom; None where the data do not tell.
    first : bool
        Whether those brought back by the return path are left out of ``observed``.
    conversion : Share or None
        What is written. Where people differ (fit, effects, propensity, trust) it is not what
        was observed; its interval includes the error of the simulation that found it.
    delay : DelayFit or None
        How long deciding takes; None where the data do not tell.
    consumed : Share or None
        Of a lead magnet, or a commitment of time that is attended: who did.
    time_to_value : DelayFit or None
        After how long.
    notes : tuple of str
        What could not be told, and why.
    """

    stage: str
    observed: Share | None
    first: bool
    conversion: Share | None = None
    delay: DelayFit | None = None
    consumed: Share | None = None
    time_to_value: DelayFit | None = None
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Give plain values, for JSON."""
        shares = {key: getattr(self, key) for key in ("observed", "conversion", "consumed")}
        delays = {key: getattr(self, key) for key in ("delay", "time_to_value")}
        return {
            "stage": self.stage,
            "first_answers_only": self.first,
            **{key: None if share is None else vars(share) for key, share in shares.items()},
            **{key: None if fit is None else fit.to_dict() for key, fit in delays.items()},
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class Kept:
    """A value that stays as the author wrote it.

    Attributes
    ----------
    path : str
        Where it stands, such as ``journey.tripwire.trust``.
    value : object
        What the author wrote.
    why : str
        Why the data do not tell it.
    """

    path: str
    value: object
    why: str

    def to_dict(self) -> dict[str, Any]:
        """Give plain values, for JSON."""
        return {**vars(self)}
