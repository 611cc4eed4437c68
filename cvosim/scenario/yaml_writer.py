"""Values as YAML text, in the style of the library's scenarios."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from numbers import Integral, Real

from cvosim.scenario.yaml_scalars import plain_value

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_ .]*(?<! )")
_LONGEST_FLOW = 88
INDENT = 2


def scalar_text(value: object) -> str:
    """Write a number, text, boolean or null.

    Raises
    ------
    TypeError
        The value is none of these.

    Examples
    --------
    >>> scalar_text(0.25), scalar_text("two words"), scalar_text("10%"), scalar_text(None)
    ('0.25', 'two words', '"10%"', 'null')
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Integral):
        return str(int(value))
    if isinstance(value, Real):
        return repr(float(value)).replace("inf", ".inf").replace("nan", ".nan")
    if isinstance(value, str):
        # A library that reads YAML 1.1 shall not take a word for a boolean either.
        safe = _PLAIN.fullmatch(value) and isinstance(plain_value(value), str)
        trap = value.lower() in {"yes", "no", "on", "off", "y", "n"}
        return value if safe and not trap else _quoted(value)
    raise TypeError(f"a scenario cannot hold a {type(value).__name__}")


def _quoted(value: str) -> str:
    """Write a text in double quotes; what cannot be printed becomes an escape."""
    text = json.dumps(value, ensure_ascii=False)
    return "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in text)


def flow_text(value: object) -> str:
    """Write a value on one line, sections and lists in braces and brackets."""
    if isinstance(value, Mapping):
        inside = ", ".join(f"{scalar_text(key)}: {flow_text(v)}" for key, v in value.items())
        return f"{{{inside}}}"
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return f"[{', '.join(flow_text(item) for item in value)}]"
    return scalar_text(value)


def block_text(key: str, value: object, indent: int, newline: str) -> str:
    """Write ``key: value`` on one line, or a section on lines of its own below the key."""
    head = f"{' ' * indent}{scalar_text(key)}:"
    lines = block_lines(value, indent + INDENT, newline)
    return f"{head}{newline}{lines}" if lines else f"{head} {flow_text(value)}{newline}"


def block_lines(value: object, indent: int, newline: str) -> str:
    """Write a section one line a key; empty for what reads better on a single line."""
    if not isinstance(value, Mapping) or not value:
        return ""
    nested = any(isinstance(item, Mapping) for item in value.values())
    if not nested and indent + len(flow_text(value)) <= _LONGEST_FLOW:
        return ""
    return "".join(block_text(str(key), item, indent, newline) for key, item in value.items())
