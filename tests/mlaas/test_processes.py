"""Training processes: a call that nobody wants any more leaves its process to the next."""

import threading
import time

import pytest
from live import eventually

from services.mlaas.processes import UNLIMITED, Dropped, Processes


def test_a_dropped_call_ends_and_the_next_is_answered() -> None:
    processes = Processes(1, UNLIMITED)
    try:
        endless, next_one = processes.submit(time.sleep, 3600), processes.submit(divmod, 7, 2)
        eventually(endless.running)
        processes.drop(endless)
        assert next_one.result() == (3, 1)
        with pytest.raises(Dropped):
            endless.result()
    finally:
        processes.shutdown(wait=False, cancel_futures=True)


def test_what_a_call_raised_says_where() -> None:
    processes = Processes(1, UNLIMITED)
    with pytest.raises(ZeroDivisionError) as raised:
        processes.submit(divmod, 1, 0).result()
    processes.shutdown()
    assert "in answer" in str(raised.value.__cause__)


def test_the_line_to_a_process_is_closed_by_one_thread_alone() -> None:
    """Closed by two, its descriptor may be another file's by the second time."""
    processes, closers = Processes(1, UNLIMITED), []
    line = processes.children[0].line
    close = line.close
    line.close = lambda: (closers.append(threading.current_thread()), close())
    endless = processes.submit(time.sleep, 3600)
    eventually(endless.running)
    processes.shutdown(cancel_futures=True)
    assert set(closers) == set(processes.threads)
    assert line.closed
