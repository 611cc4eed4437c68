"""How fast cvosim is on a machine, in words and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cvosim.report.tables import Table

if TYPE_CHECKING:
    from cvosim.experiment.bench import Bench

OPERATIONS = {"block": "random numbers", "exp": "exp", "log": "log", "sqrt": "sqrt"}
"""What the floor is made of, in words; a random number is a block of Philox."""

_MILLION = 1_000_000


def bench_verdict(found: Bench) -> str:
    """Say how long it takes here, against what it could take, and whether that can be trusted.

    Parameters
    ----------
    found : Bench

    Returns
    -------
    str
        A paragraph a line.

    Examples
    --------
    >>> from cvosim import load_scenario
    >>> from cvosim.experiment.bench import bench
    >>> found = bench(load_scenario("carpet_cleaning"), customers=500, rounds=1, threads=1)
    >>> print(bench_verdict(found).splitlines()[0])
    500 prospects of Carpet cleaning take ... s here on 1 thread: ... customers a second.
    """
    lines = [_how_long(found), _against(found)]
    if found.threads > 1:
        lines.append(_threads(found))
    if cautions := found.cautions():
        why = "; ".join(cautions)
        lines.append(f"Caution: {why}. Run it again on a quiet machine: others only add time.")
    return "\n".join(lines)


def _how_long(found: Bench) -> str:
    referred = found.rows - found.size.customers
    who = f"{found.size.customers:,} prospects of {found.scenario.name}"
    if found.size.customers == _MILLION:
        who = f"A million prospects of {found.scenario.name}"
    if referred:
        who = f"{who} and the {referred:,} people whom they bring"
    rate = _per_second(found.customers_per_second)
    took = f"{figure(found.seconds)} s here on {_threads_used(found)}"
    return f"{who} take {took}: {rate} customers a second."


def _threads_used(found: Bench) -> str:
    return f"{found.threads} thread{'s' if found.threads > 1 else ''}"


def _against(found: Bench) -> str:
    spends = 1.0 / found.floor.efficiency
    return (
        f"On one thread a customer takes {figure(found.nanoseconds)} ns, "
        f"{figure(found.ratio)} times less than in the reference engine, which does the same to "
        f"the bit. The kernel spends {figure(spends)} times what its random numbers and formulas "
        f"alone cost on this machine ({figure(found.floor.nanoseconds)} ns)."
    )


def _threads(found: Bench) -> str:
    return (
        f"{found.threads} threads are {found.scaling:.2f} times as fast as one; arithmetic alone, "
        f"which needs no memory, becomes {found.possible_scaling:.2f} times as fast."
    )


def figure(value: float) -> str:
    """Three significant digits, or every digit of a larger number, grouped.

    Examples
    --------
    >>> figure(0.1723), figure(2.0), figure(43.21), figure(1234.5), figure(0.00052)
    ('0.172', '2.00', '43.2', '1,234', '0.00052')
    >>> figure(37)
    '37'
    """
    size = abs(value)
    if isinstance(value, int):
        return f"{value:,}"
    if 0.0 < size < 0.01:
        return f"{value:.2g}"
    return f"{value:,.{0 if size >= 100 else 1 if size >= 10 else 2 if size >= 1 else 3}f}"


def _per_second(rate: float) -> str:
    return f"{figure(rate / _MILLION)} million" if rate >= _MILLION else figure(rate)


class _Line(NamedTuple):
    what: str
    value: float
    unit: str
    note: str


def bench_table(found: Bench) -> Table:
    """Make one row a measurement.

    Parameters
    ----------
    found : Bench
    """
    lines = _lines(found)
    shown = tuple((one.what, figure(one.value), one.unit, one.note) for one in lines)
    header = ("measured", "value", "unit", "note")
    return Table(header, tuple(tuple(one) for one in lines), shown, _title(found))


def _title(found: Bench) -> str:
    load = found.machine["load"]
    before = "" if load is None else f", load {load:.2f} before"
    cores = found.machine["cores"]
    return f"{found.machine['cpu']}, {cores} core{'s' if cores > 1 else ''}{before}"


def _lines(found: Bench) -> list[_Line]:
    """Everything measured; times of customers are CPU time, which neighbours disturb least."""
    costs, many = found.floor.costs, f"{found.threads} threads"
    best = f"best of {found.rounds} rounds" if found.rounds > 1 else "once"
    how = "compiled now" if found.compiled else "loaded from disk"
    lines = [
        _Line("kernel", found.customers_per_second, "customers/s",
              f"{found.rows:,} customers, wall time, {_threads_used(found)}, {best}"),
        _Line("kernel, one thread", found.nanoseconds, "ns/customer", "CPU time, table filled"),
        _Line("reference engine", found.reference_nanoseconds, "ns/customer",
              f"CPU time, {found.reference_rows:,} customers"),
        _Line("kernel against reference", found.ratio, "times", "CPU time by CPU time"),
        _Line("floor", found.floor.nanoseconds, "ns/customer",
              "random numbers and formulas alone, no table"),
        _Line("efficiency", found.floor.efficiency, "of 1", "floor / kernel"),
        _Line("a new table", costs["table"], "ns/customer", "writing each of its bytes once"),
        _Line("bytes of a customer", found.row_bytes, "bytes", "a row of the customer table"),
        _Line("bytes of an event", found.event_bytes, "bytes", "a row of the event table"),
        _Line("events of a customer", found.events, "events", "only kept where asked for"),
        _Line("memory", found.gigabytes_per_second, "GB/s",
              "copying a large array, read and written"),
        _Line("kernel ready after", found.compile_seconds, "s", how),
    ]  # fmt: skip
    if found.threads > 1:
        lines[1:1] = [
            _Line(f"{many} against one", found.scaling, "times", "wall time"),
            _Line("what they could give", found.possible_scaling, "times", "arithmetic alone"),
        ]
    return lines


def operations_table(found: Bench) -> Table:
    """Say what the floor is made of: counts, which are exact, times costs, which are measured.

    Parameters
    ----------
    found : Bench
    """
    floor = found.floor
    rows = [
        (words, floor.each[name], floor.costs[name], floor.each[name] * floor.costs[name])
        for name, words in OPERATIONS.items()
    ]
    shown = [(words, *map(figure, cells)) for words, *cells in rows]
    return Table(
        ("operation", "a customer", "ns each", "ns a customer"),
        (*rows, ("floor", None, None, floor.nanoseconds)),
        (*shown, ("floor", "", "", figure(floor.nanoseconds))),
        f"What the first {found.size.counted:,} prospects cannot do without",
    )


def draws_note(found: Bench) -> str:
    """Say between which bounds the cost of a random number lies.

    Parameters
    ----------
    found : Bench
    """
    costs = found.floor.costs
    return (
        f"A random number costs {figure(costs['block'])} ns where the processor works on several "
        f"side by side, {figure(costs['chained'])} ns where each waits for the one before, as "
        f"decisions do, and {figure(costs['vector'])} ns in vector instructions, many alike at "
        "once."
    )


def bench_text(found: Bench, form: str) -> str:
    """Write the tables as ``table`` or ``md``.

    Parameters
    ----------
    found : Bench
    form : str
    """
    tables = (bench_table(found).render(form), operations_table(found).render(form))
    return "\n\n".join(table.rstrip("\n") for table in tables)
