"""Fitted models in memory: the least recently asked leaves when the memory is used up."""

import threading
from collections import OrderedDict
from pathlib import Path

from services.mlaas import artifacts
from services.mlaas.fitted_model import FittedModel


class LoadedModels:
    """Models by the SHA-256 of their artefact, which never changes; safe for threads."""

    def __init__(self, folder: Path, *, most_bytes: int) -> None:
        self.folder, self.most_bytes = folder, most_bytes
        self._models: OrderedDict[str, tuple[FittedModel, int]] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()  # held while loading too: a model is loaded once

    def known(self, sha256: str) -> FittedModel | None:
        """The model if it is in memory: a look that never waits for a disk."""
        found = self._models.get(sha256)
        return found[0] if found else None

    def get(self, sha256: str) -> FittedModel:
        with self._lock:
            if sha256 not in self._models:
                size = (self.folder / sha256).stat().st_size
                self._models[sha256] = artifacts.load(self.folder, sha256), size
                self._bytes += size
            self._models.move_to_end(sha256)
            while self._bytes > self.most_bytes and len(self._models) > 1:
                self._bytes -= self._models.popitem(last=False)[1][1]
            return self._models[sha256][0]
