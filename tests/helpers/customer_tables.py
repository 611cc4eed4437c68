"""Customer tables without an engine: blank ones to fill by hand, and large plausible ones."""

from collections.abc import Sequence

import numpy as np

from cvosim.tables.blocks import empty_customers
from cvosim.tables.columns import CustomerColumns, CustomerTable, Names, Referred
from cvosim.tables.schema import ExitReason

NAMES = Names(
    segments=("owners", "renters"),
    channels=("ads", "search", "friends"),
    stages=("lead_magnet", "tripwire", "core_offer", "guard", "care", "restoration"),
    programs=("exit_offer", "nurture", "display"),
    subscriptions=("care",),
)
FULL = NAMES._replace(
    channels=(*NAMES.channels, "referral"),
    stages=("engage", *NAMES.stages),
    tiers=("silver", "gold"),
    extras=True,
    experience=True,
)
"""With content, experience, loyalty and referral."""

UNKNOWN = frozenset({"stage_time", "satisfaction", "effort", "advocated_time"})
RATES = {
    "engage": 0.7, "lead_magnet": 0.4, "tripwire": 0.5, "core_offer": 0.6, "guard": 0.3,
    "care": 0.3, "restoration": 0.1,
}  # fmt: skip
PRICES = {"tripwire": 29.0, "core_offer": 249.0, "guard": 79.0, "care": 119.0, "restoration": 2400}
REQUIRED = frozenset({"lead_magnet", "tripwire", "core_offer"})


def blank(count: int, names: Names = NAMES) -> CustomerTable:
    """Everybody arrived at day 0 and nothing has happened."""
    columns = empty_customers(count, names)
    for name, column in columns._asdict().items():
        if column.flags.writeable:  # the extra columns are not where nothing fills them
            column[...] = np.nan if name.endswith("_order_time") or name in UNKNOWN else 0
    columns.exit_stage[:] = -1
    columns.exit_reason[:] = ExitReason.ALIVE
    return CustomerTable(columns, names)


def brought(referrers: Sequence[int], count: int) -> Referred:
    """Who people are whom the customers of these rows have invited, ``count`` prospects first."""
    root, generation = list(range(count)), [0] * count
    for row in referrers:
        root.append(root[row])
        generation.append(generation[row] + 1)
    ids = np.arange(len(referrers), dtype=np.uint64) + np.uint64(2**63)
    everybody = np.concatenate([np.arange(count, dtype=np.uint64), ids])
    whose = np.array(root[count:], np.int64), np.array(generation[count:], np.uint16)
    return Referred(ids, everybody[np.array(referrers, np.int64)], *whose)


class Luck:
    """Uniform numbers from a counter (SplitMix64): for test data, not for the simulator."""

    def __init__(self, count: int, seed: int = 0, ids: np.ndarray | None = None) -> None:
        who = np.arange(count, dtype=np.uint64) if ids is None else ids
        self._counter = who + np.uint64(seed) * np.uint64(2**40)
        self._stream = 0

    def uniform(self) -> np.ndarray:
        self._stream += 1
        z = (self._counter + np.uint64(self._stream << 32)) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return ((z ^ (z >> np.uint64(31))) >> np.uint64(11)) * 2.0**-53 + 2.0**-54

    def exponential(self) -> np.ndarray:
        return -np.log(self.uniform())


def plausible(
    count: int,
    seed: int = 0,
    names: Names = NAMES,
    lift: float | np.ndarray = 1.0,
    ids: np.ndarray | None = None,
) -> CustomerTable:
    """Customers of a funnel; the same luck for every ``lift`` of the conversions."""
    table = blank(count, names)
    c, luck = table.columns, Luck(count, seed, ids)
    c.segment[:] = luck.uniform() < 0.4
    c.channel[:] = np.minimum((luck.uniform() * 1.3 + 0.2) * 2, 2)
    c.arrival_time[:] = luck.uniform() * 300
    time, going = c.arrival_time.copy(), np.ones(count, bool)
    for s, stage in enumerate(names.stages):
        c.reached[going] |= np.uint64(1 << s)
        time = time + luck.exponential() * 5
        yes = going & (luck.uniform() < RATES[stage] * lift)
        c.stage_time[s][yes] = time[yes]
        price = PRICES.get(stage, 0.0)
        pay = yes & (price > 0)
        c.orders[pay] += 1
        c.revenue[pay] += price
        c.cost_of_goods[pay] += price * 0.5
        c.first_order_time[pay & np.isnan(c.first_order_time)] = time[
            pay & np.isnan(c.first_order_time)
        ]
        c.last_order_time[pay] = time[pay]
        if stage in REQUIRED:
            c.exit_reason[going & ~yes] = ExitReason.LOST
            c.exit_stage[going & ~yes] = s
            going = yes
    _repeat(table, luck)
    _costs(table, luck)
    if names.extras:
        _extras(table, luck, lift)
    return table


def _accepted(table: CustomerTable, stage: str) -> np.ndarray:
    return ~np.isnan(table.columns.stage_time[table.names.stages.index(stage)])


def _repeat(table: CustomerTable, luck: Luck) -> None:
    c = table.columns
    more = np.where(_accepted(table, "core_offer"), np.floor(luck.exponential() * 2), 0)
    spend = luck.exponential() * 50
    c.orders[:] += more.astype(np.int32)
    c.revenue[:] += more * spend
    c.cost_of_goods[:] += more * spend * 0.55
    c.last_order_time[:] += more * (5 + 20 * luck.uniform())
    c.bills[0] = np.where(_accepted(table, "care"), 1 + np.floor(luck.exponential()), 0)
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
    c.tripwire_contribution[:] = np.where(_accepted(table, "tripwire"), 14.5, 0.0)
    factor = 0.9 + 0.1 * luck.uniform()
    c.discounted_revenue[:] = c.revenue * factor
    c.discounted_acquisition_cost[:] = c.acquisition_cost * 0.99
    c.discounted_cost[:] = c.discounted_acquisition_cost + (c.cost_of_goods + c.touch_cost) * factor


def _extras(table: CustomerTable, luck: Luck, lift: float | np.ndarray) -> None:
    c, bought = table.columns, table.columns.orders > 0
    c.awareness[:] = luck.uniform() * 3
    c.exposures[:] = 1 + (luck.uniform() < 0.5)
    c.rungs_climbed[:] = _accepted(table, "engage") & (luck.uniform() < 0.5)
    c.deliveries[:] = np.floor(c.orders * (0.8 + 0.2 * luck.uniform()))
    c.tickets[:] = np.round(c.deliveries * luck.uniform() * 0.3)
    c.resolved[:] = np.round(c.tickets * luck.uniform())
    c.returns[:] = (c.deliveries > 0) & (luck.uniform() < 0.1)
    c.refunds[:] = np.where(c.returns > 0, 0.5 * c.revenue / np.maximum(c.orders, 1), 0.0)
    score = np.clip(4.0 + 3.0 * lift + 3.0 * luck.uniform(), 0.0, 10.0)
    c.satisfaction[:] = np.where(c.deliveries > 0, score, np.nan)
    c.effort[:] = np.where(c.deliveries > 0, 1 + 6 * luck.uniform(), np.nan)
    c.tier[:] = np.where(bought, 1.0 * (c.revenue > 200) + (c.revenue > 500), 0.0)
    c.reward_cost[:] = 0.02 * c.tier * c.revenue
    advocate = (c.deliveries > 0) & (luck.uniform() < 0.4)
    c.advocated_time[:] = np.where(advocate, c.last_order_time, np.nan)
    c.invited[:] = np.where(advocate, np.floor(luck.exponential() * 3), 0.0)
    c.testimonials[:] = advocate & (luck.uniform() < 0.3)
    c.partner[:] = advocate & (luck.uniform() < 0.2)
    c.discounted_revenue[:] -= 0.9 * c.refunds
    c.discounted_cost[:] += 0.9 * c.reward_cost


def families(count: int, seed: int = 0, lift: float = 1.0) -> CustomerTable:
    """Prospects and whom they bring: alike in how easily they buy, and the more for a lift."""
    ids, root = np.arange(count, dtype=np.uint64), np.arange(count)
    own = [(ids, ids, root)]
    while len(ids):
        friends = np.floor(Luck(0, seed + 50, ids).exponential() * 0.8 * lift).astype(np.int64)
        row, which = np.repeat(np.arange(len(ids)), friends), _counted(friends)
        referrer = ids[row]
        hashed = (referrer * np.uint64(8191) + which + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        ids, root = hashed | np.uint64(2**63), root[row]
        own.append((ids, referrer, root))
    generation = np.repeat(np.arange(len(own)), [len(part[0]) for part in own])
    ids, referrer, root = (np.concatenate(parts) for parts in zip(*own, strict=True))
    order = np.argsort(root[count:], kind="stable") + count
    rows = np.concatenate([np.arange(count), order])
    easily = np.where(Luck(count, seed + 90).uniform() < 0.4, 1.25, 0.5)[root[rows]] * lift
    table = plausible(len(rows), seed, FULL, easily, ids[rows])
    table.columns.channel[count:] = FULL.channels.index("referral")
    whose = Referred(ids[order], referrer[order], root[order], generation[order].astype(np.uint16))
    return CustomerTable(table.columns, FULL, 0, whose)


def _counted(counts: np.ndarray) -> np.ndarray:
    """0, 1, ... for each of so many, one after the other."""
    start = np.cumsum(counts) - counts
    return (np.arange(counts.sum()) - np.repeat(start, counts)).astype(np.uint64)


def columns_at(columns: CustomerColumns, rows: np.ndarray) -> CustomerColumns:
    """Some customers' columns, new arrays."""
    return CustomerColumns._make(column[..., rows] for column in columns)


def resampled(table: CustomerTable, prospects: np.ndarray) -> CustomerTable:
    """These market prospects with those they brought, as often as they are named."""
    market, whose = table.n_market, table.referred
    first, last = (np.searchsorted(whose.root, prospects, side) for side in ("left", "right"))
    sizes = last - first
    root = np.repeat(np.arange(len(prospects)), sizes)
    rows = np.repeat(first, sizes) + _counted(sizes).astype(np.int64)
    columns = columns_at(table.columns, np.concatenate([prospects, market + rows]))
    picked = Referred._make(column[rows] for column in whose)._replace(root=root)
    return CustomerTable(columns, table.names, 0, picked)
