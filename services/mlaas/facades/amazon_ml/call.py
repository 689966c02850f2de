"""What every operation is given: who calls, and what the provider is made of."""

from dataclasses import dataclass

from services.mlaas.accounts.tables import Account
from services.mlaas.dependencies import Asker, Parts, calling_account


@dataclass(frozen=True)
class Call:
    """`url` is where this API is, as its caller sees it."""

    parts: Parts
    asker: Asker
    url: str

    @property
    def account(self) -> Account:
        """Raises PredictOnly, for a key that may only predict."""
        return calling_account(self.asker)


def seconds(milliseconds: int) -> float:
    """How Amazon tells a time."""
    return milliseconds / 1000
