"""Memory that a thread frees can be had by others: else a server grows under load.

glibc gives threads arenas of their own, eight for a processor, and what was freed in one of them stays with
it: at full load a provider grew by a megabyte a minute.
"""

import ctypes

M_ARENA_MAX = -8  # of <malloc.h>
ARENAS = 2


def share_arenas() -> None:
    """To be called before there are threads. Where the C library is another, nothing is done."""
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        libc.mallopt(M_ARENA_MAX, ARENAS)
