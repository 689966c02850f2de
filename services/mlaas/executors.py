"""Where training runs: `inline`, `process:N` (N processes of one thread each), or `dask://HOST:8786`.

Only `process:N` ends what takes too long or too much memory; Dask's workers have `--memory-limit`.
"""

import os
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future
from functools import partial
from typing import Any

from services.mistake import Mistake
from services.mlaas.processes import UNLIMITED, CallLimits, Processes

# Two threads on small batches were 5 to 21 times slower than one; parallelism comes from processes.
ONE_THREAD = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")

REACHED_S = 10


class UnknownExecutor(Mistake):
    """The text names no executor."""


class ClusterLost(Mistake):
    """Nothing that was submitted will come back."""


class Inline(Executor):
    """Runs a call at once, where it is made."""

    def submit(self, call: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(call(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


class DaskCluster(Executor):
    """Runs calls on workers that have this package, and reach the storage, as this process does.

    A call whose worker dies is begun again on another, by Dask; one that kills several is given up.
    """

    def __init__(self, address: str) -> None:
        try:
            from distributed import Client
        except ModuleNotFoundError as error:
            raise UnknownExecutor("Dask is not installed; `pip install penumbra[scale]`") from error
        self.address = address
        try:
            self.client: Any = Client(address, timeout=REACHED_S, set_as_default=False)  # type: ignore[no-untyped-call]
        except (OSError, ValueError) as error:
            raise self.lost() from error

    def lost(self) -> ClusterLost:
        return ClusterLost(
            f"the Dask scheduler at {self.address} is not there; start it, and then this command again"
        )

    def slots(self) -> int:
        """The threads of all workers just now; raises ClusterLost."""
        self.check()
        try:
            return sum(self.client.nthreads().values())
        except OSError as error:
            raise self.lost() from error

    def check(self) -> None:
        if self.client.status != "running":  # it tries to come back, but without the calls it had
            raise self.lost()

    def submit(self, call: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Raises ClusterLost, as the future does."""
        self.check()
        future: Future[Any] = Future()
        # Equal calls are not one call: a training that is begun again would have the result of the first.
        theirs = self.client.submit(call, *args, **kwargs, pure=False)
        theirs.add_done_callback(partial(self.hand_on, future))
        return future

    def hand_on(self, future: Future[Any], theirs: Any) -> None:
        from distributed import KilledWorker

        try:
            future.set_result(theirs.result())
        except KilledWorker as error:
            future.set_exception(BrokenExecutor(str(error)))
        except Exception as error:
            future.set_exception(error if theirs.status == "error" else self.lost())

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Forget what was submitted; a worker ends a call that it has begun, for nobody."""
        self.client.close(timeout=REACHED_S)


def make_executor(spec: str, limits: CallLimits = UNLIMITED) -> tuple[Executor, Callable[[], int]]:
    """The executor of `spec`, and how many calls it runs at once just now.

    Raises UnknownExecutor and ClusterLost.
    """
    kind, _, count = spec.partition(":")
    if kind == "inline" and not count:
        return Inline(), lambda: 1
    if kind == "dask" and count.startswith("//"):
        cluster = DaskCluster(f"tcp:{count}")
        return cluster, cluster.slots
    if kind == "process" and count.isdigit() and int(count):
        one_thread()
        return Processes(int(count), limits), lambda: int(count)
    raise UnknownExecutor(f"{spec!r} is no executor; choose `inline`, `process:N` or `dask://HOST:8786`")


def one_thread() -> None:
    """For this process, if the numerical libraries are not imported yet, and for its children."""
    for name in ONE_THREAD:
        os.environ[name] = "1"
