"""Intervals of lifetime values: what is chance, and what is not knowing the parameters.

Three things are worked out of each customer: its future under each of many parameters that
the data allow (both), its future under the estimate (chance), and its expected value under
each of the parameters (parameters). Var V = E Var(V | θ) + Var E(V | θ) splits the variance.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvosim.clv.models.fit_task import seasonal
from cvosim.clv.models.fitted_purchases import FittedPurchases, daily
from cvosim.clv.orders.history import Floats, History, Patterns
from cvosim.clv.orders.summary import Summary
from cvosim.clv.value.bootstrap import Bootstrap, bootstrap, bootstrap_spend, normal_draws
from cvosim.clv.value.lifetime_value import Band, Bands, Settings, Spend
from cvosim.errors import DataError

if TYPE_CHECKING:
    from cvosim.clv.value.futures import Purse

MOST_REFITTED = 20_000
"""Of more customers, estimates are as good as normal, and a refit takes long."""

_CHUNK = 1 << 18
"""Futures held in memory at a time, by each thread."""
_SPARE = 1.5
"""Refits evaluated exactly for each coefficient of the surface that stands for the others."""
_LEAST = 1e-300


def intervals(
    fitted: FittedPurchases,
    spend: Spend,
    settings: Settings,
    data: Summary,
    progress: Callable[[int], None] | None = None,
) -> tuple[Bands, Bands, tuple[str, ...]]:
    """Give the intervals of each customer's value and of the total.

    Parameters
    ----------
    fitted : FittedPurchases
    spend : Spend
    settings : Settings
        With a level.
    data : Summary
        The customers to value.
    progress : callable, optional
        Told how many more customers are done.

    Returns
    -------
    each, total : Bands
    doubts : tuple of str
    """
    guesses, doubts = _guesses(fitted, spend, settings, int(data.paid.min()))
    job = _Job.of(fitted, settings, data, guesses)
    level = settings.level or 0.9
    parts = [job.rows[rows] for rows in job.chunks()]
    job.one(parts[0][:1])  # compiles, which only one thread should do
    with ThreadPoolExecutor() as pool:
        found = []
        for part, result in zip(parts, pool.map(job.one, parts), strict=True):
            found.append(result)
            if progress is not None:
                progress(len(part))
    place = np.argsort(np.concatenate(parts), kind="stable")
    tables = [np.concatenate(table)[place] for table in zip(*(f.each for f in found), strict=True)]
    sums = np.sum([f.sums for f in found], axis=0)
    each = _bands([tables[0].T, tables[1].T, tables[2].T], tables[3])
    tails = _tails(level)
    ends = [_ends(row[np.newaxis], tails)[0].tolist() for row in sums]
    total = _bands(ends, _share(sums[1], sums[2]))
    if not guesses.known:
        each, total = (Bands(found.chance, None, None, None) for found in (each, total))
    return each, total, doubts


class _Guesses(NamedTuple):
    """Parameters that the data allow, one row each.

    Attributes
    ----------
    purchases : ndarray of float64, shape (replicates, k)
    spend : ndarray of float64, shape (replicates, 3)
        p, q and v; p is 0 where all purchases have one amount.
    estimate : tuple of two ndarrays
        The same two, at the estimate.
    amount : float
        Of every purchase, where p is 0.
    known : bool
        Whether rows differ because parameters are uncertain.
    """

    purchases: Floats
    spend: Floats
    estimate: tuple[Floats, Floats]
    amount: float
    known: bool

    def purse(self, data: Summary, rows: NDArray[np.int64], sure: bool) -> Purse:
        """Say what purchases are worth in each replicate, or in each the same."""
        from cvosim.clv.value.futures import Purse

        table = np.broadcast_to(self.estimate[1], self.spend.shape) if sure else self.spend
        p, q, v = (np.ascontiguousarray(column) for column in table.T)
        paid = np.asarray(data.paid[rows], np.float64)
        return Purse(p, q, v, paid, np.asarray(data.spend[rows], np.float64), self.amount)


def _guesses(
    fitted: FittedPurchases, spend: Spend, settings: Settings, paid: int = 0
) -> tuple[_Guesses, tuple[str, ...]]:
    """Draw parameters of both models; `paid` is the fewest amounts seen of a customer."""
    n, law = settings.refits, spend.law
    start = np.array(list(fitted.params_.values()))
    purse = np.array([0.0, 1.0, 1.0] if law is None else [law.p, law.q, law.v])
    sure = _Guesses(
        np.tile(start, (n, 1)), np.tile(purse, (n, 1)), (start, purse), spend.amount or 1.0, False
    )
    if not (fitted.converged_ and (spend.fitted is None or spend.fitted.converged_)):
        return sure, ("the parameters' errors are not known: intervals are of chance alone",)
    try:
        buying, spending = _drawn(fitted, spend, settings)
    except DataError as error:
        return sure, (f"{error}; intervals are of chance alone",)
    doubts = _failures(buying.failed, n, "purchase model")
    purses = sure.spend
    if spending is not None:
        # expectations are finite at the estimate, but may not be at all the refits
        finite = spending.parameters[:, 0] * paid + spending.parameters[:, 1] > 1.0
        doubts += _failures(n - int(finite.sum()), n, "model of spend")
        purses = spending.parameters[finite] if finite.any() else purse[np.newaxis]
    rows = _cycled(buying.parameters, n)
    guesses = sure._replace(purchases=rows, spend=_cycled(purses, n), known=True)
    return guesses, tuple(doubts)


def _drawn(
    fitted: FittedPurchases, spend: Spend, settings: Settings
) -> tuple[Bootstrap, Bootstrap | None]:
    """Refit both models to redrawn data; of many customers draw from the estimates' normal law."""
    n, seed = settings.refits, settings.seed
    if fitted.n_customers_ > MOST_REFITTED:
        buying = normal_draws(fitted, len(fitted.model.family.names), n, seed)
        found = spend.fitted
        return buying, None if found is None else normal_draws(found, 3, n, seed + 1)
    buying, found = bootstrap(fitted, n, seed), spend.fitted
    return buying, None if found is None else bootstrap_spend(found, fitted.data.paid, n, seed)


def _cycled(rows: Floats, n: int) -> Floats:
    """As many rows as asked for, some twice where refits failed."""
    return rows[np.arange(n) % len(rows)]


def _failures(failed: int, n: int, what: str) -> list[str]:
    """Say how many refits came to nothing."""
    if not failed:
        return []
    return [f"{failed} of {n} refits of the {what} have no clear maximum or no mean; left out"]


class _Found(NamedTuple):
    """Of some customers: ends of intervals and shares of variance; and sums by replicate."""

    each: tuple[Floats, Floats, Floats, Floats]
    sums: Floats


@dataclass(frozen=True, eq=False)
class _Job:
    """All that the customers' futures depend on.

    Attributes
    ----------
    fitted, settings, data, guesses
        As they were given.
    unique : Patterns
        The different histories, on the clock of the season.
    rows : ndarray of int64
        The customers, those with one history together.
    covariates : tuple of two ndarrays
        On buying and on leaving, one row a customer.
    surface : _Surface
        Expected purchases of each pattern, if alive, in each replicate.
    ahead : float
        Days to come, on the clock of the season.
    """

    fitted: FittedPurchases
    settings: Settings
    data: Summary
    guesses: _Guesses
    unique: Patterns
    rows: NDArray[np.int64]
    covariates: tuple[Floats, Floats]
    surface: _Surface
    ahead: float

    @classmethod
    def of(
        cls, fitted: FittedPurchases, settings: Settings, data: Summary, guesses: _Guesses
    ) -> _Job:
        model = fitted.model
        unique = seasonal(model, data).patterns
        covariates = fitted.centres.taken_off(model, data)
        delta, ahead = daily(settings.discount_rate), fitted.ahead(settings.days, data)

        def expected(parameters: Floats) -> Floats:
            law = fitted.at(parameters).law_of(data, unique.customers)
            alive = np.maximum(law.probability_alive(unique), _LEAST)
            return np.asarray(law.discounted_purchases(unique, delta, ahead) / alive, np.float64)

        return cls(
            fitted=fitted,
            settings=settings,
            data=data,
            guesses=guesses,
            unique=unique,
            rows=np.argsort(unique.inverse, kind="stable"),
            covariates=covariates,
            surface=_Surface.of(expected, guesses, len(model.family.names)),
            ahead=ahead,
        )

    def chunks(self) -> Iterator[slice]:
        """Cut the customers into parts whose futures fit into memory."""
        size = max(1, _CHUNK // self.settings.refits)
        return (slice(at, at + size) for at in range(0, len(self.rows), size))

    def one(self, rows: NDArray[np.int64]) -> _Found:
        """Work out some customers."""
        margin, tails = self.settings.margin, _tails(self.settings.level or 0.9)
        chance = margin * self._futures(rows, sure=True)
        mean = margin * self._purchases(rows) * self._amounts(rows)
        both = margin * self._futures(rows, sure=False) if self.guesses.known else chance
        kinds = (both, chance, mean)
        ends = [_ends(values, tails) for values in kinds]
        sums = np.array([values.sum(axis=0) for values in kinds])
        return _Found((ends[0], ends[1], ends[2], _share(chance, mean)), sums)

    def _futures(self, rows: NDArray[np.int64], sure: bool) -> Floats:
        """Draw futures, under the estimate if that is sure, shape (customers, replicates)."""
        from cvosim.clv.value.futures import Ahead, draw_futures

        told = (self._beliefs(rows, sure), self.guesses.purse(self.data, rows, sure))
        ahead = Ahead(self.ahead, daily(self.settings.discount_rate))
        who = np.asarray(self.data.customer[rows], np.int64)
        return draw_futures(self.fitted.law.name, self.settings.seed, who, told, ahead)

    def _beliefs(self, rows: NDArray[np.int64], sure: bool) -> Any:
        """What each customer's history says of it, at each of the parameters."""
        from cvosim.clv.value.futures import Beliefs

        patterns, place = np.unique(self.unique.inverse[rows], return_inverse=True)
        theta = self.guesses.estimate[0][np.newaxis] if sure else self.guesses.purchases
        shape = (len(patterns), len(theta))
        first, second, third, fourth = self._laws(self.unique.customers[patterns], theta)
        x, last, age = (
            np.broadcast_to(column[patterns, np.newaxis], shape).ravel()
            for column in (self.unique.repeats, self.unique.last, self.unique.age)
        )
        law = self.fitted.model.family.law(first, second, third, fourth)
        alive = law.probability_alive(History(x, last, age))
        more = {"bg_nbd": x, "mbg_nbd": x + 1.0, "pareto_nbd": age}[self.fitted.law.name]
        told = (alive, first + x, second + age, third, fourth + more)
        full = (len(rows), self.settings.refits)
        grids = (np.asarray(values).reshape(shape)[place] for values in told)
        return Beliefs(*(np.ascontiguousarray(np.broadcast_to(grid, full)) for grid in grids))

    def _laws(self, customers: NDArray[np.int64], theta: Floats) -> list[Floats]:
        """Parameters of each customer at each row of parameters, customers first."""
        family, buying = self.fitted.model.family, self.covariates[0].shape[1]
        k = len(family.names)
        effects = theta[:, k:]
        grids = [np.tile(theta[:, at], (len(customers), 1)) for at in range(k)]
        purchase, dropout = (values[customers] for values in self.covariates)
        grids[family.purchase] *= np.exp(-purchase @ effects[:, :buying].T)
        grids[family.dropout] *= np.exp(family.dropout_sign * dropout @ effects[:, buying:].T)
        return [grid.ravel() for grid in grids]

    def _purchases(self, rows: NDArray[np.int64]) -> Floats:
        """Expected purchases of each customer in each replicate."""
        alive: Floats = self._beliefs(rows, sure=False).alive
        return alive * self.surface.at(self.unique.inverse[rows])

    def _amounts(self, rows: NDArray[np.int64]) -> Floats:
        """Mean amount of each customer in each replicate."""
        from cvosim.clv.models.gamma_gamma import Gg

        purse = self.guesses.purse(self.data, rows, sure=False)
        if not purse.p[0] > 0:
            return np.full((len(rows), len(purse.p)), purse.amount)
        law = Gg(purse.p, purse.q, purse.v)  # type: ignore[arg-type]
        return law.expected_spend(purse.paid[:, np.newaxis], purse.spend[:, np.newaxis])


@dataclass(frozen=True, eq=False)
class _Surface:
    """A quadratic surface over the parameters: the logarithm of what those who are there buy.

    An expectation takes an integral, and there are many parameters. Estimates are so near to
    each other that a second-degree polynomial, fitted by least squares to some of them (the
    farthest among them, so that nothing is extrapolated), stands for the rest.

    Attributes
    ----------
    basis : ndarray of float64, shape (replicates, terms)
    terms : ndarray of float64, shape (terms, patterns)
    """

    basis: Floats
    terms: Floats

    @classmethod
    def of(cls, expected: Any, guesses: _Guesses, positive: int) -> _Surface:
        theta, centre = np.array(guesses.purchases), np.array(guesses.estimate[0])
        for table in (theta, centre):
            table[..., :positive] = np.log(table[..., :positive])
        z = theta - centre
        spread = z.std(axis=0)
        z /= np.where(spread > 0, spread, 1.0)
        basis = _powers(z) if spread.any() else np.ones((len(z), 1))
        # farthest first, in the metric of their own spread
        far = np.argsort(-np.square(z @ _whitening(z)).sum(axis=1), kind="stable")
        some = min(len(z), int(_SPARE * basis.shape[1]))
        design = np.append(far[: some // 2], far[some // 2 :: -(-len(far) // (some // 2 + 1))])
        design = np.unique(design) if spread.any() else design[:1]
        with ThreadPoolExecutor() as pool:
            exact = list(pool.map(expected, guesses.purchases[design]))
        logs = np.log(np.maximum(exact, _LEAST))
        terms = np.asarray(np.linalg.lstsq(basis[design], logs, rcond=None)[0], np.float64)
        return cls(basis, terms)

    def at(self, patterns: NDArray[np.int64]) -> Floats:
        """Expected purchases of some patterns, if alive, shape (patterns, replicates)."""
        values: Floats = np.exp((self.basis @ self.terms[:, patterns]).T)
        return values


def _powers(z: Floats) -> Floats:
    """All products of up to two coordinates."""
    one, k = np.ones((len(z), 1)), z.shape[1]
    squares = [z[:, i : i + 1] * z[:, i:] for i in range(k)]
    return np.hstack([one, z, *squares])


def _whitening(z: Floats) -> Floats:
    """A matrix that makes coordinates uncorrelated."""
    values, vectors = np.linalg.eigh(np.atleast_2d(np.cov(z.T)))
    matrix: Floats = vectors / np.sqrt(np.maximum(values, 1e-9))
    return matrix


def _tails(level: float) -> list[float]:
    """Probabilities of both ends."""
    return [(1.0 - level) / 2.0, (1.0 + level) / 2.0]


def _ends(values: Floats, tails: list[float]) -> Floats:
    """Quantiles of each row, shape (rows, 2).

    At place q·(n + 1) among n draws, beyond which one more draw comes with probability 1 − q
    exactly, however few the draws are (Hyndman & Fan, 1996, definition 6).
    """
    found: Floats = np.quantile(values, tails, axis=1, method="weibull").T
    return found


def _share(chance: Floats, mean: Floats) -> Any:
    """Share of the parameters in the variance, of each row."""
    by_chance, by_mean = chance.var(axis=-1), mean.var(axis=-1)
    both = by_chance + by_mean
    with np.errstate(invalid="ignore"):
        return np.where(both > 0, by_mean / np.where(both > 0, both, 1.0), 0.0)


def _bands(ends: list[Any], share: Any) -> Bands:
    """Put the ends together: of both, of chance, of the parameters."""
    both, chance, mean = (Band(*pair) for pair in ends)
    number = float(share) if np.ndim(share) == 0 else share
    return Bands(chance=chance, prediction=both, parameters=mean, share=number)
