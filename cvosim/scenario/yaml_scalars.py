"""What a bare word in a scenario file means: the core schema of YAML 1.2.

PyYAML reads YAML 1.1, where ``yes`` is a boolean, ``1:30`` is 90 and ``1e3`` is text. Here
they are text, text and a number, so that the checks can name what is wrong with the first
two. The grammar is that of YAML 1.2.2, section 10.3.2.
"""

from __future__ import annotations

import re

_INTEGER = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_PREFIXED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_INFINITE = re.compile(r"([-+]?)\.(inf|Inf|INF)")
_WORDS: dict[str, object] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}
_MOST_DIGITS = 300


def plain_value(text: str) -> object:
    """Read an unquoted scalar: None, a boolean, a number, or the text itself.

    Examples
    --------
    >>> plain_value("1e3"), plain_value("yes"), plain_value("1:30"), plain_value("~")
    (1000.0, 'yes', '1:30', None)
    """
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text) if len(text) <= _MOST_DIGITS else float(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    if _PREFIXED.fullmatch(text) and len(text) <= _MOST_DIGITS:
        return int(text, 0)
    if infinite := _INFINITE.fullmatch(text):
        return float(infinite[1] + "inf")
    return text
