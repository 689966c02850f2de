"""How much one account may ask of one model, the model's owner as much as anybody."""

from dataclasses import dataclass
from typing import Self

from services.mlaas.profile import QueryDefences


@dataclass(frozen=True)
class Limits:
    """Records in all, and records in any 60 seconds; None: as many as wanted."""

    quota: int | None = None
    per_minute: int | None = None

    @classmethod
    def of(cls, queries: QueryDefences, quota_records: int | None) -> Self:
        """Those of a profile, under the provider's own quota for every model."""
        quotas = [quota for quota in (queries.quota, quota_records) if quota is not None]
        return cls(min(quotas, default=None), queries.per_minute)


UNLIMITED = Limits()
