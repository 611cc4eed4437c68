"""A funnel without queues, against the tools that one could write it in oneself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks import funnels
from benchmarks.agreement import Figure, Figures, bound, insist, mean
from benchmarks.clock import Timing, interleaved
from benchmarks.funnels import Funnel, Lives, Peer
from benchmarks.machine import installed
from benchmarks.rows import Row, skipped
from benchmarks.subjects import Size, Subject, subject

FUNNEL = str(Path(__file__).parents[1] / "funnel.yaml")
SEED = 5
"""Of the peers' luck."""


class _Peer(NamedTuple):
    library: str
    manner: str
    write: Peer
    share: float
    """Of the kernel's customers, as many as it can do in good time."""


PEERS = (
    _Peer("numpy", "plain NumPy", funnels.numpy, 1.0),
    _Peer("simpy", "plain SimPy", funnels.simpy, 0.02),
    _Peer("ciw", "Ciw", funnels.ciw, 0.005),
)


def rows(size: Size) -> Iterator[Row]:
    """CPU time of one thread against one thread; the kernel also keeps its whole account."""
    who = subject(FUNNEL, size)
    funnel = funnels.read(who.scenario)
    present = [peer for peer in PEERS if installed(peer.library)]
    agree = {peer: agreement(peer, funnel, who, size) for peer in present}
    contenders = {
        peer.library: _contender(peer, funnel, _number(peer, size)) for peer in present
    } | {"kernel": lambda: who.kernel(size.customers, 1)}
    times = interleaved(size.rounds, contenders)
    ours = times["kernel"].cpu / size.customers
    note = f"CPU time, one thread, {size.customers:,} customers, the whole customer table filled"
    yield Row("peers", "kernel, a customer", 1e9 * ours, "ns", None, note, who.trajectory)
    for peer in PEERS:
        if peer in agree:
            yield _ratio(peer, times[peer.library], ours, size, agree[peer], who)
        else:
            yield skipped("peers", f"against {peer.manner}", "x", None, peer.library)


def agreement(peer: _Peer, funnel: Funnel, who: Subject, size: Size) -> str:
    """Say how far a peer and the kernel are apart; too far stops the run."""
    customers = max(2_000, size.customers // 20)
    theirs = figures(funnel, peer.write(funnel, customers, SEED))
    ours = figures(funnel, funnels.kernel(who, max(customers, size.customers)))
    z = insist(peer.manner, theirs, ours)
    return f"{len(ours)} figures agree, at most {z:.1f} of {bound(len(ours)):.1f} standard errors"


def figures(funnel: Funnel, lives: Lives) -> Figures:
    """How many get how far, when, and what all of them pay."""
    found: dict[str, Figure] = {"revenue a prospect": mean(lives.revenue)}
    for offer, times in zip(funnel.offers, lives.times, strict=True):
        accepted = np.isfinite(times)
        found[f"the share at {offer.stage}"] = mean(accepted)
        found[f"the mean days to {offer.stage}"] = mean(times[accepted])
    return found


def _number(peer: _Peer, size: Size) -> int:
    return max(100, round(peer.share * size.customers))


def _contender(peer: _Peer, funnel: Funnel, customers: int) -> funnels.Contender:
    return lambda: peer.write(funnel, customers, SEED)


def _ratio(peer: _Peer, timing: Timing, ours: float, size: Size, agree: str, who: Subject) -> Row:
    number = _number(peer, size)
    theirs = timing.cpu / number
    faster = "; the peer is the faster" if theirs < ours else ""
    note = (
        f"CPU time, one thread: {1e9 * theirs:,.0f} ns a customer ({number:,}) against "
        f"{1e9 * ours:,.0f} ns ({size.customers:,}){faster}; {agree}"
    )
    what = f"against {peer.manner} {(installed(peer.library) or '').partition(' ')[2]}"
    return Row("peers", what, theirs / ours, "x", None, note, who.trajectory)
