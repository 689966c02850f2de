"""Training processes of one thread each. What one does, or suffers, ends its own call and no other."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.pool import ExceptionWithTraceback  # type: ignore[attr-defined]
from pathlib import Path
from queue import SimpleQueue
from time import monotonic
from typing import Any
from weakref import WeakSet

LOOK_AGAIN_S = 0.1
# `fork` after a matrix product hangs in torch; `spawn` starts clean.
SPAWN = multiprocessing.get_context("spawn")

Call = Callable[[], Any]


@dataclass(frozen=True)
class CallLimits:
    """How long a call may take, and how much memory its process may have, with all that is loaded into it."""

    seconds: float
    bytes: int


UNLIMITED = CallLimits(float("inf"), 2**62)


class OverLimit(Exception):
    """The text says what the call did, as in "took longer than 3 s"."""


class ProcessDied(BrokenExecutor):
    """Nobody knows what became of the call."""


class Dropped(Exception):
    """Nobody wants the call's result."""


class Processes(Executor):
    def __init__(self, count: int, limits: CallLimits) -> None:
        self.limits = limits
        self.calls: SimpleQueue[tuple[Future[Any], Call] | None] = SimpleQueue()
        self.dropped: WeakSet[Future[Any]] = WeakSet()  # one may end before it is
        self.over = threading.Event()
        self.children = [Child() for _ in range(count)]  # which load torch before there is a call
        self.threads = [threading.Thread(target=self.serve, args=(n,), daemon=True) for n in range(count)]
        for thread in self.threads:
            thread.start()

    def submit(self, call: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.calls.put((future, partial(call, *args, **kwargs)))
        return future

    def drop(self, future: Future[Any]) -> None:
        """End its call: the process is at the next one's disposal."""
        if not future.cancel():
            self.dropped.add(future)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """What was submitted is done first, unless it is cancelled: then what is under way ends here."""
        if cancel_futures:
            self.over.set()
            for child in self.children:
                child.kill()
        for _ in self.threads:
            self.calls.put(None)
        if wait:
            for thread in self.threads:
                thread.join()

    def serve(self, place: int) -> None:
        while (submitted := self.calls.get()) is not None:
            future, call = submitted
            if self.over.is_set() or not future.set_running_or_notify_cancel():
                future.cancel()
                continue
            try:
                future.set_result(self.result(place, call, partial(self.dropped.__contains__, future)))
            except Exception as error:
                future.set_exception(error)
            self.dropped.discard(future)
        self.children[place].end()

    def result(self, place: int, call: Call, dropped: Callable[[], bool]) -> Any:
        """Of the call; raises what it raises, ProcessDied, OverLimit and Dropped."""
        if not self.children[place].process.is_alive():
            self.replace(place)
        try:
            good, value = self.children[place].answer(call, self.limits, dropped)
        except (EOFError, ConnectionError) as error:
            self.replace(place)
            raise ProcessDied("a training process died") from error
        except (OverLimit, Dropped):
            self.replace(place)
            raise
        if not good:
            raise value
        return value

    def replace(self, place: int) -> None:
        self.children[place].end()
        if not self.over.is_set():
            self.children[place] = Child()


class Child:
    """A process, and this end of the line to it."""

    def __init__(self) -> None:
        self.line, theirs = SPAWN.Pipe()
        self.process = SPAWN.Process(target=answer_calls, args=(theirs,), daemon=True)
        self.process.start()
        theirs.close()
        self.begun = False

    def answer(self, call: Call, limits: CallLimits, dropped: Callable[[], bool]) -> tuple[bool, Any]:
        """Whether the call returned, and what; or what it raised.

        Raises OverLimit, Dropped and, where the process died, EOFError or ConnectionError.
        """
        if not self.begun:
            self.line.recv()  # loading is not the call's time
            self.begun = True
        self.line.send(call)
        latest = monotonic() + limits.seconds
        while not self.line.poll(LOOK_AGAIN_S):
            if dropped():
                raise Dropped
            if monotonic() > latest:
                raise OverLimit(f"took longer than {limits.seconds:g} s")
            if memory_of(self.process.pid) > limits.bytes:
                raise OverLimit(f"needed more than {limits.bytes / 2**20:.0f} MiB of memory")
        answer: tuple[bool, Any] = self.line.recv()
        return answer

    def kill(self) -> None:
        self.process.kill()
        self.process.join()

    def end(self) -> None:
        """By the thread that uses the line: closed by two, it may be another's file the second time."""
        self.kill()
        self.line.close()


def memory_of(process: int | None) -> int:
    """Bytes that are the process's own: not those of files that it has mapped. 0 where nobody tells them."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith("RssAnon:")), 0)


def answer_calls(line: "Connection[Any, Any]") -> None:
    """In the process, until nobody is there to call."""
    begin_process()
    line.send("begun")
    while True:
        try:
            call = line.recv()
        except EOFError:
            return
        line.send(answer(call))


def answer(call: Call) -> tuple[bool, Any]:
    try:
        return True, call()
    except Exception as error:
        return False, ExceptionWithTraceback(error, error.__traceback__)


def begin_process() -> None:
    """One thread, torch loaded before the first job, and an end when the supervisor is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the supervisor's to decide
    import torch

    from services.web import logs

    logs.begin()
    torch.set_num_threads(1)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=end_after, args=(parent,), daemon=True).start()


def end_after(parent: Any) -> None:
    parent.join()
    os._exit(1)  # nobody is left to take a result, and the lease gives the job to another
