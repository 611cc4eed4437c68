"""Customer tables without an engine: blank ones to fill by hand, and large plausible ones."""

import numpy as np

from cvosim.tables.blocks import empty_customers
from cvosim.tables.columns import CustomerColumns, CustomerTable, Names
from cvosim.tables.schema import ExitReason

NAMES = Names(
    segments=("owners", "renters"),
    channels=("ads", "search", "friends"),
    stages=("lead_magnet", "tripwire", "core_offer", "guard", "care", "restoration"),
    programs=("exit_offer", "nurture", "display"),
    subscriptions=("care",),
)


def blank(count: int, names: Names = NAMES) -> CustomerTable:
    """Everybody arrived at day 0 and nothing has happened."""
    columns = empty_customers(count, names)
    for name, column in columns._asdict().items():
        column[...] = np.nan if name.endswith("_order_time") or name == "stage_time" else 0
    columns.exit_stage[:] = -1
    columns.exit_reason[:] = ExitReason.ALIVE
    return CustomerTable(columns, names)


class Luck:
    """Uniform numbers from a counter (SplitMix64): for test data, not for the simulator."""

    def __init__(self, count: int, seed: int = 0) -> None:
        self._counter = np.arange(count, dtype=np.uint64) + np.uint64(seed) * np.uint64(2**40)
        self._stream = 0

    def uniform(self) -> np.ndarray:
        self._stream += 1
        z = (self._counter + np.uint64(self._stream << 32)) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return ((z ^ (z >> np.uint64(31))) >> np.uint64(11)) * 2.0**-53 + 2.0**-54

    def exponential(self) -> np.ndarray:
        return -np.log(self.uniform())


def plausible(count: int, seed: int = 0, names: Names = NAMES, lift: float = 1.0) -> CustomerTable:
    """Customers of a funnel; the same luck for every ``lift`` of the conversions."""
    table = blank(count, names)
    c, luck = table.columns, Luck(count, seed)
    c.segment[:] = luck.uniform() < 0.4
    c.channel[:] = np.minimum((luck.uniform() * 1.3 + 0.2) * 2, 2)
    c.arrival_time[:] = luck.uniform() * 300
    time, going = c.arrival_time.copy(), np.ones(count, bool)
    rates = (0.4, 0.5, 0.6, 0.3, 0.3, 0.1)
    prices = (0.0, 29.0, 249.0, 79.0, 119.0, 2400.0)
    for s in range(len(names.stages)):
        c.reached[going] |= np.uint64(1 << s)
        time = time + luck.exponential() * 5
        yes = going & (luck.uniform() < rates[s] * lift)
        c.stage_time[s][yes] = time[yes]
        pay = yes & (prices[s] > 0)
        c.orders[pay] += 1
        c.revenue[pay] += prices[s]
        c.cost_of_goods[pay] += prices[s] * 0.5
        c.first_order_time[pay & np.isnan(c.first_order_time)] = time[
            pay & np.isnan(c.first_order_time)
        ]
        c.last_order_time[pay] = time[pay]
        if s < 3:
            c.exit_reason[going & ~yes] = ExitReason.LOST
            c.exit_stage[going & ~yes] = s
            going = yes
    _repeat(c, luck)
    _costs(table, luck)
    return table


def _repeat(c: CustomerColumns, luck: Luck) -> None:
    more = np.where(~np.isnan(c.stage_time[2]), np.floor(luck.exponential() * 2), 0)
    spend = luck.exponential() * 50
    c.orders[:] += more.astype(np.int32)
    c.revenue[:] += more * spend
    c.cost_of_goods[:] += more * spend * 0.55
    c.last_order_time[:] += more * (5 + 20 * luck.uniform())
    c.bills[0] = np.where(np.isnan(c.stage_time[4]), 0, 1 + np.floor(luck.exponential()))
    c.cancelled[0] = (c.bills[0] > 0) & (luck.uniform() < 0.5)


def _costs(table: CustomerTable, luck: Luck) -> None:
    c = table.columns
    c.acquisition_cost[:] = np.array([0.45, 1.1, 0.0])[c.channel]
    for p in range(len(table.names.programs)):
        used = luck.uniform() < 0.3
        c.program_cost[p] = np.where(used, 0.01 + 0.02 * luck.uniform(), 0.0)
        c.recoveries[p] = used & (c.orders > 0) & (luck.uniform() < 0.4)
        c.acquisition_cost[:] += c.program_cost[p]
    c.touch_cost[:] = np.where(c.orders > 0, luck.uniform(), 0.0)
    c.tripwire_contribution[:] = np.where(np.isnan(c.stage_time[1]), 0.0, 14.5)
    factor = 0.9 + 0.1 * luck.uniform()
    c.discounted_revenue[:] = c.revenue * factor
    c.discounted_acquisition_cost[:] = c.acquisition_cost * 0.99
    c.discounted_cost[:] = c.discounted_acquisition_cost + (c.cost_of_goods + c.touch_cost) * factor
