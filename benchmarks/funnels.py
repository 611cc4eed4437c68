"""One small funnel, as somebody who knows NumPy, SimPy or Ciw well would write it.

Each takes what a scenario says, a number of customers and a seed, and gives the same table: when
every customer accepted each offer, and what each paid. All arrive on day 0. Who says no is seen
no more, so when that was need not be drawn: NumPy and SimPy make use of it, Ciw cannot.
"""

from __future__ import annotations

import math
import random  # noqa: TID251  # the luck of peers is their own
from collections.abc import Callable, Generator
from typing import Any, NamedTuple

import numpy as np

from cvosim import Scenario
from cvosim.engine.speed.subject import Subject

Floats = np.ndarray[Any, np.dtype[np.float64]]


class Offer(NamedTuple):
    """Accepted with a probability, after exponential days."""

    stage: str
    conversion: float
    mean_days: float
    price: float


class Funnel(NamedTuple):
    """Offers one after the other; nothing happens from the horizon on."""

    offers: tuple[Offer, ...]
    horizon: float


class Lives(NamedTuple):
    """What became of n customers."""

    times: Floats
    """(n_offers, n): days from arrival to acceptance, NaN for never"""
    revenue: Floats
    """(n,)"""


Peer = Callable[[Funnel, int, int], Lives]
"""Lives through so many customers with the luck of a seed."""

Contender = Callable[[], object]
"""What the clock may run."""


def read(scenario: Scenario) -> Funnel:
    """Take the figures from the scenario, so that all contenders have the same."""
    stages = ("lead_magnet", "tripwire", "core_offer")
    offers = []
    for stage in stages:
        offer: Any = getattr(scenario.journey, stage)
        assert offer.delay.kind == "exponential", f"{stage}: only exponential delays"
        price = getattr(offer, "price", 0.0)  # a lead magnet has none
        offers.append(Offer(stage, offer.conversion, offer.delay.mean_days, price))
    return Funnel(tuple(offers), scenario.horizon_days)


def kernel(who: Subject, customers: int) -> Lives:
    """Take the two columns from cvosim's customer table that the others have, too."""
    columns = who.kernel(customers, 1).customers
    return Lives(columns.stage_time - columns.arrival_time, columns.revenue)


def numpy(funnel: Funnel, customers: int, seed: int) -> Lives:
    """Offer by offer, all customers at a time, and only those who are still there."""
    luck = np.random.default_rng(seed)  # noqa: TID251
    times = np.full((len(funnel.offers), customers), np.nan)
    revenue = np.zeros(customers)
    who, now = np.arange(customers), np.zeros(customers)
    for stage, offer in enumerate(funnel.offers):
        # indices, for they cost less than masks where few are left
        said_yes = np.flatnonzero(luck.random(len(who)) < offer.conversion)
        now = now[said_yes] + luck.exponential(offer.mean_days, len(said_yes))
        in_time = np.flatnonzero(now < funnel.horizon)
        who, now = who[said_yes[in_time]], now[in_time]
        times[stage, who] = now
        revenue[who] += offer.price
    return Lives(times, revenue)


SIMPY_RUN = 500
"""Customers in one environment: of many at once the heap and the caches grow slow."""


def simpy(funnel: Funnel, customers: int, seed: int) -> Lives:
    """One generator a customer, some hundred customers an environment."""
    from simpy import Environment

    luck = random.Random(seed)
    times = [[math.nan] * customers for _ in funnel.offers]
    revenue = [0.0] * customers

    def customer(env: Environment, row: int) -> Generator[Any, Any, None]:
        for stage, offer in enumerate(funnel.offers):
            if luck.random() >= offer.conversion:
                return
            yield env.timeout(luck.expovariate(1.0 / offer.mean_days))
            times[stage][row] = env.now
            revenue[row] += offer.price

    for start in range(0, customers, SIMPY_RUN):
        env = Environment()
        for row in range(start, min(start + SIMPY_RUN, customers)):
            env.process(customer(env, row))
        env.run(until=funnel.horizon)
    return Lives(np.array(times), np.array(revenue))


CIW_RUN = 50
"""Customers in one run: Ciw looks at everybody in the network at each event."""


def ciw(funnel: Funnel, customers: int, seed: int) -> Lives:
    """A node an offer, its service the delay, its routing the answer; buyers rest in the last."""
    from ciw import Simulation
    from ciw import seed as set_seed

    set_seed(seed)
    prices = [offer.price for offer in funnel.offers]
    times = np.full((len(prices), customers), np.nan)
    revenue = np.zeros(customers)
    for start in range(0, customers, CIW_RUN):
        number = min(CIW_RUN, customers - start)
        network = _network(funnel, number)
        run = Simulation(network)
        run.simulate_until_max_time(funnel.horizon)
        for record in run.get_all_records():
            if record.destination != -1:
                row, stage = start + record.id_number - 1, record.node - 1
                times[stage, row] = record.service_end_date
                revenue[row] += prices[stage]
    return Lives(times, revenue)


def _network(funnel: Funnel, customers: int) -> Any:
    """Everybody comes at once, and nobody waits for a server."""
    from ciw import create_network
    from ciw.dists import Deterministic, Exponential, Sequential

    n_offers = len(funnel.offers)
    routing = np.zeros((n_offers + 1, n_offers + 1))
    for stage, offer in enumerate(funnel.offers):
        routing[stage, stage + 1] = offer.conversion
    delays = [Exponential(1.0 / offer.mean_days) for offer in funnel.offers]
    return create_network(
        arrival_distributions=[Sequential([0.0, math.inf]), *[None] * n_offers],
        batching_distributions=[Deterministic(customers), *[Deterministic(1)] * n_offers],
        service_distributions=[*delays, Deterministic(math.inf)],
        number_of_servers=[math.inf] * (n_offers + 1),
        routing=routing.tolist(),
    )
