"""Fitted models in memory: the one loaded longest ago leaves when the memory is used up."""

import contextlib
import threading
from collections import OrderedDict

from services.mlaas import artifacts
from services.mlaas.fitted_model import FittedModel
from services.mlaas.storage import Storage


class LoadedModels:
    """Models by the SHA-256 of their artefact, which never changes; safe for threads."""

    def __init__(self, storage: Storage, *, most_bytes: int) -> None:
        self.storage, self.most_bytes = storage, most_bytes
        self._models: OrderedDict[str, tuple[FittedModel, int]] = OrderedDict()
        self._bytes = 0
        self._loading = threading.Lock()  # a model is loaded once

    def holds(self, sha256: str) -> bool:
        """Whether `get` need not wait for a disk."""
        return sha256 in self._models

    def get(self, sha256: str) -> FittedModel:
        with contextlib.suppress(KeyError):
            return self._models[sha256][0]
        with self._loading:
            if sha256 not in self._models:
                size = artifacts.size(self.storage, sha256)
                self._models[sha256] = artifacts.load(self.storage, sha256), size
                self._bytes += size
            model = self._models[sha256][0]
            while self._bytes > self.most_bytes and len(self._models) > 1:
                self._bytes -= self._models.popitem(last=False)[1][1]
            return model
