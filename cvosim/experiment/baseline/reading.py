"""Reading a baseline file, or saying what is wrong with it."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from typing import Any, NoReturn, TypeVar

from cvosim import __version__
from cvosim.errors import CvosimError
from cvosim.experiment.baseline.alone import rebuilt
from cvosim.experiment.baseline.record import (
    Baseline,
    BaselineError,
    Layer,
    Record,
    Software,
    Stated,
    Tolerances,
)
from cvosim.experiment.baseline.writing import FORMAT, SCHEMA_VERSION
from cvosim.metrics.estimate import Estimate, Metrics
from cvosim.scenario.scenario import MAX_CUSTOMERS, MAX_SEED
from cvosim.tables.manifest import TRAJECTORY_VERSION

_AGAIN = "take it back from git, or write it anew with `cvosim check --update --renew`"
_HASH = 64
_MOST_CHARACTERS = 256 * 1024 * 1024
Found = TypeVar("Found")


def baseline_of(text: str) -> Baseline:
    """Read a baseline.

    Raises
    ------
    BaselineError
        One clear line: what was found, and what to do.

    Examples
    --------
    >>> try:
    ...     baseline_of("<<<<<<< HEAD")
    ... except BaselineError as error:
    ...     print(str(error).partition(";")[0])
    line 1: a merge was not finished
    """
    whole = _json(text)
    if not isinstance(whole, dict) or whole.get("format") != FORMAT:
        _refuse(f'is no baseline: it has no "format": "{FORMAT}"')
    version = whole.get("schema_version")
    if type(version) is int and version > SCHEMA_VERSION:
        _refuse(
            f"was written by a later cvosim (schema_version {version}, this one knows "
            f"{SCHEMA_VERSION}); install that one"
        )
    if type(version) is not int or version != SCHEMA_VERSION:
        _refuse(f"schema_version must be {SCHEMA_VERSION} (got {version!r}); {_AGAIN}")
    records = _section(whole, "records", "the baseline")
    return Baseline(
        {key: _record(key, entry) for key, entry in records.items()},
        _tolerances(_section(whole, "tolerances", "the baseline")),
    )


def _json(text: str) -> object:
    if len(text) > _MOST_CHARACTERS:
        _refuse(f"is no baseline: more than {_MOST_CHARACTERS:,} characters")
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith(("<<<<<<< ", "=======", ">>>>>>> ")):
            _refuse(f"line {number}: a merge was not finished; {_AGAIN}")
    try:
        found: object = json.loads(text, parse_constant=_no_constant, object_pairs_hook=_unique)
    except json.JSONDecodeError as error:
        _refuse(f"line {error.lineno}, column {error.colno}: no JSON ({error.msg}); {_AGAIN}")
    except RecursionError:
        _refuse("is no baseline: nested too deeply")
    except ValueError:  # Python reads no number of thousands of digits
        _refuse(f"holds a number of far too many digits; {_AGAIN}")
    return found


def _no_constant(word: str) -> NoReturn:
    _refuse(f"{word} is no number of JSON; {_AGAIN}")


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        _refuse(f'"{twice}" stands twice in a section (a merge?); {_AGAIN}')
    return found


def _refuse(message: str) -> NoReturn:
    raise BaselineError(message)


def _section(found: Mapping[str, object], key: str, where: str) -> dict[str, Any]:
    value = found.get(key)
    if not isinstance(value, dict):
        _refuse(f'{where}: "{key}" must be a section (got {_words(value)}); {_AGAIN}')
    return value


def _value(found: Mapping[str, object], key: str, where: str, kind: type[Found]) -> Found:
    value = found.get(key)
    if type(value) is not kind:
        noun = {str: "text", int: "a whole number"}.get(kind, "a number")
        _refuse(f'{where}: "{key}" must be {noun} (got {_words(value)}); {_AGAIN}')
    return value


def _words(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, dict | list):
        return "a section" if isinstance(value, dict) else "a list"
    text = json.dumps(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _tolerances(found: Mapping[str, object]) -> Tolerances:
    single = _section(found, "of", "tolerances")
    try:
        return Tolerances(
            _part(found, "every"),
            {name: _part(single, name) for name in single},
        )
    except BaselineError:
        raise
    except CvosimError as error:
        _refuse(f"{error}; {_AGAIN}")


def _part(found: Mapping[str, object], key: str) -> float:
    value = found.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        _refuse(f'tolerances: "{key}" must be a number (got {_words(value)}); {_AGAIN}')
    return _float(value, f'tolerances: "{key}"')


def _record(key: str, found: object) -> Record:
    where = f'record "{key}"'
    if not isinstance(found, dict):
        _refuse(f"{where}: must be a section (got {_words(found)}); {_AGAIN}")
    settings = _section(found, "settings", where)
    for name, low, high in (("customers", 1, MAX_CUSTOMERS), ("seed", 0, MAX_SEED)):
        number = _value(settings, name, f"{where}: settings", int)
        if not low <= number <= high:
            bounds = f"must be at least {low}" if number < low else f"must be at most {high}"
            _refuse(f"{where}: settings.{name} {bounds} (got {_words(number)}); {_AGAIN}")
    hashes = {name: _hash(found, name, where) for name in _HASHES}
    if hashes["scenario_hash"] != settings_hash(settings):
        _refuse(f"{where}: its settings are not those that its numbers were made of; {_AGAIN}")
    metrics = _section(found, "metrics", where)
    record = Record(
        key,
        settings,
        hashes["scenario_hash"],
        hashes["plan_hash"],
        hashes["trajectory_hash"],
        software=_software(_section(found, "software", where), f"{where}: software"),
        metrics=Metrics({name: _estimate(name, one, where) for name, one in metrics.items()}),
        written=_written(found, where),
    )
    if rebuilt(settings) is None:
        refuse_damaged(record)
    return record


def refuse_damaged(record: Record) -> None:
    """Refuse settings that cannot be read although this release has written them.

    Raises
    ------
    BaselineError
        They were damaged; those of another release may be sound.
    """
    made = record.software
    if (made.cvosim, made.trajectory_version) == (__version__, TRAJECTORY_VERSION):
        words = "this release has written its settings and cannot read them: they were damaged"
        _refuse(f'record "{record.key}": {words}; {_AGAIN}')


def _written(found: Mapping[str, object], where: str) -> Stated | None:
    bases = found.get("bases", [])
    if found.get("written") is None:
        return None
    paths = _texts(found, "written", where)
    if not isinstance(bases, list) or not all(isinstance(one, dict) for one in bases):
        _refuse(f'{where}: "bases" must be a list of sections; {_AGAIN}')
    layers = found.get("layers", [])
    if not isinstance(layers, list):
        _refuse(f'{where}: "layers" must be a list of sections; {_AGAIN}')
    return Stated(paths, tuple(bases), tuple(_layer(one, f"{where}: layers") for one in layers))


def _layer(found: object, where: str) -> Layer:
    if not isinstance(found, dict):
        _refuse(f"{where}: must be sections (got {_words(found)}); {_AGAIN}")
    called = _value(found, "extends", where, str)
    return Layer(called, *(_texts(found, key, where) for key in ("changes", "keys")))


def _texts(found: Mapping[str, object], key: str, where: str) -> tuple[str, ...]:
    value = found.get(key)
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        _refuse(f'{where}: "{key}" must be a list of texts; {_AGAIN}')
    return tuple(value)


_HASHES = ("scenario_hash", "plan_hash", "trajectory_hash")


def settings_hash(settings: Mapping[str, object]) -> str:
    """Hash settings as `cvosim.scenario.scenario_hash` does the scenario that they were made of.

    Examples
    --------
    >>> from cvosim.scenario import load_scenario, scenario_hash
    >>> scenario = load_scenario("cdnow")
    >>> settings_hash(scenario.model_dump(mode="json")) == scenario_hash(scenario)
    True
    """
    text = json.dumps(settings, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _hash(found: Mapping[str, object], key: str, where: str) -> str:
    text = _value(found, key, where, str)
    if len(text) != _HASH or not set(text) <= set("0123456789abcdef"):
        _refuse(f'{where}: "{key}" must be {_HASH} hexadecimal digits ({_words(text)}); {_AGAIN}')
    return text


def _software(found: Mapping[str, object], where: str) -> Software:
    versions = _section(found, "versions", where)
    return Software(
        _value(found, "cvosim", where, str),
        _value(found, "trajectory_version", where, int),
        _value(found, "rounding", where, str),
        {name: _value(versions, name, f"{where}: versions", str) for name in versions},
    )


def _estimate(name: str, found: object, where: str) -> Estimate:
    where = f"{where}: metrics.{name}"
    if not isinstance(found, dict):
        _refuse(f"{where}: must be a section (got {_words(found)}); {_AGAIN}")
    value, error = (_number(found, key, where) for key in ("value", "standard_error"))
    return Estimate(value, error, _value(found, "unit", where, str))


def _number(found: Mapping[str, object], key: str, where: str) -> float:
    if key not in found:
        _refuse(f'{where}: "{key}" is missing; {_AGAIN}')
    value = found[key]
    if value is None:
        return math.nan
    if value in ("inf", "-inf"):
        return float(str(value))
    if isinstance(value, bool) or not isinstance(value, int | float):
        _refuse(f'{where}: "{key}" must be a number or null (got {_words(value)}); {_AGAIN}')
    return _float(value, f'{where}: "{key}"')


def _float(value: float, where: str) -> float:
    try:
        return float(value)
    except OverflowError:
        _refuse(f"{where} is too large for a number (got {_words(value)}); {_AGAIN}")
