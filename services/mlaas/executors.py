"""Where training runs: `inline`, or `process:N` (N processes of one thread each)."""

import multiprocessing
import os
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from typing import Any

from services.mistake import Mistake

# Two threads on small batches were 5 to 21 times slower than one; parallelism comes from processes.
ONE_THREAD = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


class UnknownExecutor(Mistake):
    """The text names no executor."""


class Inline(Executor):
    """Runs a call at once, where it is made."""

    def submit(self, call: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(call(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


def make_executor(spec: str) -> tuple[Executor, int]:
    """The executor of `spec` and how many calls it runs at once; raises UnknownExecutor."""
    kind, _, count = spec.partition(":")
    if kind == "inline" and not count:
        return Inline(), 1
    if kind == "process" and count.isdigit() and int(count):
        one_thread()
        # `fork` after a matrix product hangs in torch; `spawn` starts clean.
        spawn = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(int(count), spawn, initializer=begin_process), int(count)
    raise UnknownExecutor(f"{spec!r} is no executor; choose `inline` or `process:N`")


def one_thread() -> None:
    """For this process, if the numerical libraries are not imported yet, and for its children."""
    for name in ONE_THREAD:
        os.environ[name] = "1"


def begin_process() -> None:
    """One thread, torch loaded before the first job, and an end when the supervisor is gone."""
    import torch

    torch.set_num_threads(1)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=end_after, args=(parent,), daemon=True).start()


def end_after(parent: Any) -> None:
    parent.join()
    os._exit(1)  # nobody is left to take a result, and the lease gives the job to another
