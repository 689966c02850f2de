"""A challenger that waits 2 s for its provider, and not 120: `python -m torture.contests.impatient serve`."""

import httpx

from services.challenger import provider
from services.challenger.__main__ import main

PATIENCE_S = 2.0

if __name__ == "__main__":
    provider.TIMEOUT = httpx.Timeout(PATIENCE_S)
    main()
