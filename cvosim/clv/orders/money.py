"""Amounts as people write them: decimal commas, thousands set apart, currencies around them."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvosim.errors import DataError

_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$"
"""A number as programs write it."""
_WHOLE = r"^[+-]?\d+$"
_SPACE = r"[ \x{00A0}\x{2009}\x{202F}]"
"""A space, also one that no line breaks at, and the thin ones."""
_MARK = r"\p{Sc}|[A-Z]{3}"
"""A currency's sign or its three letters (ISO 4217)."""
_EXAMPLES = {".": "1234.50", ",": "1234,50"}
"""How to write an amount, by the decimal sign."""


class Numbers(NamedTuple):
    """What a column of text says in numbers.

    Attributes
    ----------
    value : Arrow array of float64
        Missing where the text is no number.
    currency : ndarray of str
        The sign or letters around each number, empty where there are none; without elements
        if all numbers are bare.
    """

    value: Any
    currency: NDArray[np.str_]

    @property
    def understood(self) -> int:
        """Texts that are numbers."""
        return len(self.value) - int(self.value.null_count)


def check_decimal(decimal: str) -> None:
    """Refuse what is no decimal sign.

    Raises
    ------
    DataError
        If it is neither a point nor a comma.

    Examples
    --------
    >>> check_decimal(",")
    """
    if decimal not in _EXAMPLES:
        raise DataError(f"decimal: {decimal!r} is neither '.' nor ','")


def read_numbers(texts: Any, decimal: str) -> Numbers:
    """Read amounts, with thousands set apart or not, and a currency around them or not.

    Parameters
    ----------
    texts : Arrow array of large_string
        None of them missing.
    decimal : str
        ``.`` or ``,``; the other one, a space or an apostrophe may set groups of three digits
        apart, the same one throughout a number.

    Examples
    --------
    >>> import pyarrow as pa
    >>> read_numbers(pa.array(["3,230.00", "$5", "32,30"], pa.large_string()), ".").value.tolist()
    [3230.0, 5.0, None]
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    plain = pc.match_substring_regex(texts, _NUMBER if decimal == "." else _WHOLE)
    other = pc.invert(plain)
    currency = np.empty(0, "U3")
    value = pc.if_else(plain, texts, None)
    if pc.any(other).as_py():
        encoded = texts.filter(other).dictionary_encode()  # most prices are seldom new
        dressed, marks = _undressed(encoded.dictionary, decimal)
        value = pc.replace_with_mask(value, other, dressed.take(encoded.indices))
        currency = np.zeros(len(texts), "U3")
        currency[np.asarray(other.to_numpy(zero_copy_only=False), np.bool_)] = marks[
            encoded.indices.to_numpy()
        ]
    return Numbers(value.cast(pa.float64()), currency)


def _undressed(texts: Any, decimal: str) -> tuple[Any, NDArray[np.str_]]:
    """Reduce numbers to what programs write, and say which currency stood around each."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found = pc.extract_regex(texts, _dressed(decimal))
    sign, before, inner, digits, after = (
        pc.fill_null(pc.struct_field(found, name), "")
        for name in ("sign", "before", "inner", "digits", "after")
    )
    digits = pc.replace_substring_regex(digits, f"{_thousands(decimal)}|{_SPACE}|['’]", "")
    none = pa.scalar("", pa.large_string())
    number = pc.binary_join_element_wise(sign, inner, pc.replace_substring(digits, ",", "."), none)
    encoded = pc.if_else(pc.equal(before, ""), after, before).dictionary_encode()
    marks = np.array(encoded.dictionary.to_pylist(), "U3")[encoded.indices.to_numpy()]
    return pc.if_else(pc.match_substring_regex(number, _NUMBER), number, None), marks


def _thousands(decimal: str) -> str:
    return "," if decimal == "." else r"\."


def _dressed(decimal: str) -> str:
    """The pattern of a number with whatever may stand in it and around it."""
    point = re.escape(decimal)
    apart = (_thousands(decimal), _SPACE, "['’]")
    groups = "|".join(rf"\d{{1,3}}(?:{mark}\d{{3}})+" for mark in apart)
    digits = rf"(?:(?:{groups}|\d+)(?:{point}\d*)?|{point}\d+)(?:[eE][+-]?\d{{1,3}})?"
    front = rf"(?P<sign>[+-]?){_SPACE}?(?P<before>{_MARK})?{_SPACE}?(?P<inner>[+-]?)"
    return rf"^{front}(?P<digits>{digits}){_SPACE}?(?P<after>{_MARK})?$"


def another_currency(currency: NDArray[np.str_]) -> NDArray[np.bool_]:
    """Which amounts are in another currency than the first that names one.

    Examples
    --------
    >>> another_currency(np.array(["", "$", "€", "$", ""])).tolist()
    [False, False, True, False, False]
    """
    named = np.asarray(currency != "", np.bool_)
    if not named.any():
        return named
    return np.asarray(named & (currency != currency[np.argmax(named)]), np.bool_)


def what_to_write(texts: Any, decimal: str, good: int) -> str:
    """Say how to write amounts, or with which decimal sign to read those of a column.

    Parameters
    ----------
    texts : Arrow array of large_string
        The whole column.
    decimal : str
        The sign that it was read with.
    good : int
        How many amounts were understood so.

    Examples
    --------
    >>> import pyarrow as pa
    >>> what_to_write(pa.array(["1,5", "3.230,00"], pa.large_string()), ".", 0)
    "if ',' is its decimal sign, read it with --decimal , (in Python decimal=',')"
    """
    other = "," if decimal == "." else "."
    if read_numbers(texts, other).understood > good:
        how = f"--decimal {other} (in Python decimal={other!r})"
        return f"if {other!r} is its decimal sign, read it with {how}"
    return f"write it as {_EXAMPLES[decimal]}"
