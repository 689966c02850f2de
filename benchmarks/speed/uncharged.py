"""The provider with a ledger that charges nothing: python -m benchmarks.speed.uncharged serve ...

For the comparison alone. The product has no such switch.
"""

from collections.abc import Sequence

from services.mlaas import app
from services.mlaas.__main__ import main
from services.mlaas.ledger.charging import Waiting
from services.mlaas.ledger.writer import Ledger


class Uncharged(Ledger):
    def enter(self, waiting: Sequence[Waiting]) -> None:
        for one in waiting:
            one.answer.set_result(one.entry.records)


if __name__ == "__main__":
    app.Ledger = Uncharged  # type: ignore[attr-defined]
    main()
