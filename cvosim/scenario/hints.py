"""What a person may have meant by a text that stands where a number should."""

from __future__ import annotations

import re
from collections.abc import Callable

from cvosim.scenario.references import number
from cvosim.scenario.yaml_scalars import plain_value

YES_NO = frozenset({"yes", "no", "on", "off", "y", "n", "true", "false"})
_NUMBER = r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)"
_DAYS_IN = {"m": 1 / 1440, "h": 1 / 24, "d": 1.0, "w": 7.0, "y": 365.0}
_CURRENCY = r"(?:[$€£¥]|USD|EUR|GBP|CHF)"


def _percent(found: re.Match[str]) -> str:
    return f"write {_tidy(float(found[1]) / 100)} instead of {found[0].strip()}"


def _clock(found: re.Match[str]) -> str:
    hours = int(found[1]) + int(found[2]) / 60 + int(found[3] or 0) / 3600
    return f"it is no clock time; {found[0]} hours are {_tidy(hours / 24)} days"


def _grouped(found: re.Match[str]) -> str:
    return f"write {re.sub(r'[,_’ ]|' + chr(39), '', found[0])}"


def _comma(found: re.Match[str]) -> str:
    return f"write {found[0].replace(',', '.')} with a point"


def _money(found: re.Match[str]) -> str:
    amount = found[1] or found[2]
    return f"write {amount.replace(',', '')} alone; `currency` names the unit"


def _duration(found: re.Match[str]) -> str:
    return f"write the days alone: {_tidy(float(found[1]) * _DAYS_IN[found[2][0].lower()])}"


_HINTS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (re.compile(rf"\s*({_NUMBER})\s*%\s*"), _percent),
    (re.compile(r"([0-9]{1,4}):([0-9]{2})(?::([0-9]{2}))?"), _clock),
    (re.compile(r"[-+]?[0-9]{1,3}(?:([,_’' ])[0-9]{3})(?:\1[0-9]{3})*(?:\.[0-9]+)?"), _grouped),
    (re.compile(r"[-+]?[0-9]+,[0-9]+"), _comma),
    (re.compile(rf"{_CURRENCY}\s*([0-9][0-9.,]*)|([0-9][0-9.,]*)\s*{_CURRENCY}"), _money),
    (
        re.compile(
            rf"({_NUMBER})\s*(m|min|minutes?|h|hours?|d|days?|w|weeks?|y|years?)", re.IGNORECASE
        ),
        _duration,
    ),
)


def number_hint(text: str) -> str:
    """Return what to write instead of a text that is no number; empty if that is unclear.

    Examples
    --------
    >>> number_hint("10%")
    'write 0.1 instead of 10%'
    >>> number_hint("1:30")
    'it is no clock time; 1:30 hours are 0.0625 days'
    """
    if len(text) > 40:
        return ""
    if number(plain_value(text.strip())) is not None:
        return f"write {text.strip()} without quotes"
    for pattern, explain in _HINTS:
        found = pattern.fullmatch(text)
        if found:
            return explain(found)
    return ""


def name_hint(text: str) -> str:
    """Return a valid name near an invalid one; empty if there is none."""
    slug = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:63]
    return f"write {slug}" if re.fullmatch(r"[a-z][a-z0-9_]*", slug) else ""


def _tidy(value: float) -> str:
    return f"{value:.6g}"
