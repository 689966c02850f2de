"""Where training runs: what cannot be is said at once, with what to do; what can is there at once."""

import multiprocessing
import subprocess
import sys

import pytest

from services.mlaas.executors import ClusterLost, UnknownExecutor, make_executor
from services.parties import free_ports


@pytest.mark.parametrize(
    "spec", ["inline:2", "process", "process:0", "process:two", "dask", "dask:x", "ray://x"]
)
def test_what_is_no_executor_is_answered_with_those_there_are(spec: str) -> None:
    with pytest.raises(UnknownExecutor, match=r"`inline`, `process:N` or `dask://HOST:8786`"):
        make_executor(spec)


def test_a_call_inline_ends_as_it_does_when_called() -> None:
    executor, slots = make_executor("inline")
    assert (executor.submit(divmod, 7, 2).result(), slots()) == ((3, 1), 1)
    with pytest.raises(ZeroDivisionError):
        executor.submit(divmod, 7, 0).result()


def test_all_processes_begin_before_there_is_a_job() -> None:
    before = multiprocessing.active_children()
    executor, slots = make_executor("process:3")
    begun = set(multiprocessing.active_children()) - set(before)
    executor.shutdown()
    assert len(begun) == slots() == 3


def test_a_scheduler_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.mlaas.executors.REACHED_S", 0.2)
    [port] = free_ports(1)
    with pytest.raises(ClusterLost, match=rf"tcp://127.0.0.1:{port} is not there; start it"):
        make_executor(f"dask://127.0.0.1:{port}")


def test_dask_is_not_loaded_for_other_executors() -> None:
    code = """
import sys
from services.mlaas.executors import make_executor
make_executor("inline")
print("distributed" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
