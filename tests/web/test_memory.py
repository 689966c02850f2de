"""A server's threads share a few arenas of memory."""

import subprocess
import sys

import pytest

from services.web.memory import ARENAS

THREADS = 8
IN_A_PROCESS = f"""
import ctypes, threading
from services.web.memory import share_arenas

{{first}}
together = threading.Barrier({THREADS} + 1)

def hold():
    held = bytearray(100_000)
    together.wait()
    together.wait()

threads = [threading.Thread(target=hold) for _ in range({THREADS})]
for thread in threads:
    thread.start()
together.wait()
libc = ctypes.CDLL(None)
libc.fdopen.restype = ctypes.c_void_p
output = ctypes.c_void_p(libc.fdopen(1, b"w"))
libc.malloc_info(0, output)
libc.fflush(output)
together.wait()
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc's arenas")
def test_threads_share_arenas() -> None:
    assert arenas("") > ARENAS >= arenas("share_arenas()")


def arenas(first: str) -> int:
    command = [sys.executable, "-c", IN_A_PROCESS.format(first=first)]
    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    return told.count("<heap nr=")
