"""One request for predictions on its way: the records asked about, what is logged of them, the answer."""

import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.mlaas.ledger.charging import Entry
from services.mlaas.ledger.sketch import sketcher
from services.mlaas.predictions.admission import Admission
from services.mlaas.predictions.asked import Asked


@dataclass(eq=False)
class Query:
    """`records` (N, D) and `entry` are there once it is read, `answer` (N, K) once it is answered."""

    asked: Asked
    admission: Admission
    body: bytes
    records: NDArray[Any] = field(init=False)
    entry: Entry = field(init=False)
    answer: NDArray[np.float32] = field(init=False)

    def read(self, most_records: int) -> None:
        """Raises BadData."""
        asked, admission = self.asked, self.admission
        self.records = asked.records(self.body, admission.features, most_records)
        digest = hashlib.sha256(asked.reading)
        digest.update(self.body)
        self.entry = Entry(
            account_id=admission.account_id,
            model_id=admission.model_id,
            records=len(self.records),
            request_id=asked.request_id,
            request_sha256=digest.hexdigest(),
            idempotency_key=asked.idempotency_key,
            limits=admission.limits,
            sketch=self.sketch(),
            key_id=admission.key_id,
        )

    def sketch(self) -> bytes | None:
        """What the ledger keeps of the records themselves, where the profile has its queries watched."""
        if self.admission.watched is None:
            return None
        return sketcher(self.admission.watched, self.admission.features).of_request(self.records)

    @property
    def occasion(self) -> bytes:
        """The same for a retry, and for nothing else; empty where no defence hangs on it."""
        if not self.admission.defences:
            return b""
        if (key := self.asked.idempotency_key) is None:
            return secrets.token_bytes(16)
        return f"{self.admission.account_id} {self.admission.model_id} {key}".encode()
