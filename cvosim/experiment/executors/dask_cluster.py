"""The workers of a Dask scheduler, by its address: Slurm, Kubernetes and clouds all have one.

Dask does the work: it hands jobs out, and again when a worker dies. Here is only what a
person should be told in words: no such scheduler, no workers, another release of cvosim.

Jobs are not bound to workers: a bound job whose worker dies waits for ever. ``retries`` of
Dask are for what is raised; deaths it counts by itself (``distributed.scheduler.
allowed-failures``), and then blames every job that the worker had: hence the second try,
alone, in `draw_through`.
"""

from __future__ import annotations

import asyncio
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any, NamedTuple, TypeVar

from cvosim import __version__
from cvosim.errors import DataError
from cvosim.experiment.executors.quiet import quiet
from cvosim.tables.manifest import TRAJECTORY_VERSION

J = TypeVar("J")
R = TypeVar("R")

REACH = 10.0
"""Seconds in which a scheduler must answer."""
_RETRIES = 2
_FRESH = 5.0
"""Seconds for which the number of workers is believed."""


class Release(NamedTuple):
    """What must be the same here and on every worker for results to be equal."""

    cvosim: str = __version__
    trajectory: int = TRAJECTORY_VERSION


class _Cluster:
    """A connection to a scheduler."""

    def __init__(self, client: Any, address: str) -> None:
        from distributed import KilledWorker

        self.deaths: tuple[type[BaseException], ...] = (KilledWorker,)
        self._client = client
        self._address = address
        self._cores = 1
        self._counted = -_FRESH
        self._said = False
        self._count()

    @property
    def size(self) -> int:
        """As many jobs as the workers have threads; workers come and go."""
        if time.monotonic() - self._counted > _FRESH:
            self._count()
        return max(1, self._cores)

    def executor(self) -> Executor:
        return _OnWorkers(self._client.get_executor(pure=False, retries=_RETRIES))

    def take_back(self, executor: Executor, futures: Iterable[Future[Any]]) -> None:
        if self._client.status == "running":
            executor.shutdown(wait=False)  # cancels all, in one message

    def error_of(self, future: Future[Any]) -> BaseException | None:
        # nobody here cancels a job that is waited for: Dask does, when it has lost the scheduler
        if future.cancelled() or isinstance(future.exception(), CancelledError):
            return self._gone()
        return future.exception()

    def look(self) -> None:
        if self._client.status not in ("running", "connecting"):
            raise self._gone()
        if time.monotonic() - self._counted > _FRESH:
            self._count()

    def _count(self) -> None:
        """Ask how many there are; say it once if there are none, and wait: some may come."""
        self._counted = time.monotonic()
        try:
            self._cores = sum(self._client.nthreads().values())
        except (OSError, CancelledError):  # being reconnected, or gone: `look` will see
            return
        if self._cores > 0:
            self._said = False
        elif not self._said:
            self._said = True
            sys.stderr.write(
                f"{self._address}: the scheduler has no workers; waiting for some"
                f" (`dask worker {self._address}` starts one; Ctrl-C ends the waiting)\n"
            )
            sys.stderr.flush()

    def _gone(self) -> DataError:
        return DataError(f"{self._address}: the connection to the Dask scheduler was lost")


class _OnWorkers(Executor):
    """Dask's own executor; on the worker it is made sure that the release is ours."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def submit(self, fn: Callable[..., R], /, *args: Any, **kwargs: Any) -> Future[R]:
        return self._executor.submit(done_by, Release(), fn, *args, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self._executor.shutdown(wait=wait and not cancel_futures)


def done_by(release: Release, function: Callable[[J], R], job: J) -> R:
    """Do a job, on a worker of the same release only: one may have come after the others.

    Parameters
    ----------
    release : Release
        Of who wants the job done.
    function : callable
        Of one job.
    job : object
        What it is given.

    Raises
    ------
    DataError
        If this is another release.

    Examples
    --------
    >>> done_by(Release(), abs, -1)
    1
    """
    if tuple(release) != tuple(Release()):
        raise DataError(
            f"executor: a worker has cvosim {__version__} (trajectory {TRAJECTORY_VERSION}), here"
            f" is {release[0]} (trajectory {release[1]}); install the same on all of them"
        )
    return function(job)


@contextmanager
def dask_cluster(address: str) -> Iterator[_Cluster]:
    """Be connected to a Dask scheduler.

    Parameters
    ----------
    address : str
        Such as ``tcp://host:8786``. Certificates for ``tls://`` come from Dask's own settings.

    Yields
    ------
    Crew
        For `draw_through`.

    Raises
    ------
    DataError
        If Dask is not installed, the scheduler does not answer within 10 seconds, or a worker
        has another release of cvosim or Python.

    Examples
    --------
    >>> from cvosim import DataError
    >>> try:
    ...     with dask_cluster("tls://127.0.0.1:8786"):
    ...         pass
    ... except DataError as error:
    ...     print(str(error)[:52])
    tls://127.0.0.1:8786: no Dask scheduler can be reach
    """
    _check_installed(address)
    with quiet():
        client = _connected(address)
        try:
            _check_releases(client, address)
            yield _Cluster(client, address)
        finally:
            client.close(timeout=5)


def _check_installed(address: str) -> None:
    try:
        import distributed  # noqa: F401
    except ImportError:
        raise DataError(
            f"{address}: needs Dask; install it with: pip install 'cvosim[dask]'"
        ) from None


def _connected(address: str) -> Any:
    """Connect, when the scheduler has answered a short question.

    A `Client` that cannot connect would try to say goodbye until the interpreter ends.
    """
    from distributed import Client

    try:
        with ThreadPoolExecutor(1) as apart:  # a notebook has a loop running in this thread
            apart.submit(lambda: asyncio.run(_ask(address))).result()
        with warnings.catch_warnings():  # of differing versions, which we look at ourselves
            warnings.simplefilter("ignore")
            client: Any = Client
            return client(address, timeout=REACH, set_as_default=False, name="cvosim")
    except (OSError, ValueError, TypeError, RuntimeError) as error:
        reason = str(error).strip().splitlines() or ["no answer"]
        raise DataError(f"{address}: no Dask scheduler can be reached ({reason[0]})") from None


async def _ask(address: str) -> None:
    from distributed import Security, rpc

    secure: Any = Security
    remote: Any = rpc
    settings = secure().get_connection_args("client")
    async with remote(address, timeout=REACH, connection_args=settings) as scheduler:
        answer = await asyncio.wait_for(scheduler.identity(), REACH)
        if answer.get("type") != "Scheduler":
            raise ValueError(f"that is the address of a {str(answer.get('type')).lower()}")


def _check_releases(client: Any, address: str) -> None:
    """Refuse workers without cvosim, with another one, or with another Python."""
    ours = {"cvosim": version("cvosim"), "python": ".".join(map(str, sys.version_info[:2]))}
    found = client.get_versions(check=False, packages=["cvosim"])["workers"]
    for worker, facts in found.items():
        packages = facts["packages"]
        theirs = {
            "cvosim": packages.get("cvosim"),
            "python": ".".join(str(packages["python"]).split(".")[:2]),
        }
        for name, wanted in ours.items():
            if theirs[name] != wanted:
                raise DataError(
                    f"{address}: worker {worker} has {theirs[name] or 'no'} {name}, here is"
                    f" {wanted}; install the same on all workers, or results may differ"
                )
