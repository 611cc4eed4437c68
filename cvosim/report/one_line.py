"""Names that others chose, told so that they stay names: no line breaks, no commands of a CI."""

from __future__ import annotations

import re
from dataclasses import replace

from cvosim.report.tables import Table

_BREAKS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_FIRST = re.compile("(^|[\n\r\x0b\x0c\x85\u2028\u2029])(\\s*)::")
"""What makes a line a command: the runner leaves out blanks before it."""


def one_line(text: str) -> str:
    r"""Put a space in the place of line breaks and other control characters.

    Examples
    --------
    >>> one_line("shop\n::error::x.yaml")
    'shop ::error::x.yaml'
    """
    return _BREAKS.sub(" ", text)


def one_line_table(table: Table) -> Table:
    """Do so in every cell that people read; what machines read stays exact."""
    shown = tuple(tuple(map(one_line, row)) for row in table.shown)
    return replace(table, shown=shown, title=one_line(table.title))


def without_commands(text: str, form: str) -> str:
    r"""Take from a text what GitHub's runner would obey if it came to standard output.

    It obeys lines that begin with two colons, and everything from ``##[`` on; see "Workflow
    commands for GitHub Actions", in its documentation.

    Parameters
    ----------
    text : str
        The whole output.
    form : str
        ``json``, whose values stay what they are, or another.

    Examples
    --------
    >>> without_commands("a\n  ::add-mask::b ##[error]c", "table")
    'a\n  : :add-mask::b ## [error]c'
    >>> without_commands('"a ##[error]b"', "json")
    '"a ##\\u005berror]b"'
    """
    if form == "json":
        return text.replace("##[", "##\\u005b")
    return _FIRST.sub(r"\1\2: :", text).replace("##[", "## [")
