"""Handwritten digits, 8 x 8 pixels, that come with scikit-learn: small, and there without a network."""

from typing import ClassVar

import numpy as np

from services.challenger.dataset import Dataset, Feature, Records, class_names
from services.challenger.images import pixels


class Digits(Dataset):
    summary = "handwritten digits, 8 x 8 pixels of 17 grey levels"
    source = "scikit-learn, load_digits (UCI Optical Recognition of Handwritten Digits, test part)"
    terms = "CC BY 4.0"
    records, features, classes = 1_797, 64, 10
    shape: ClassVar[tuple[int, ...] | None] = (8, 8)

    def make(self) -> Records:
        from sklearn.datasets import load_digits

        images, labels = load_digits(return_X_y=True)
        return Records(images.astype(np.uint8), labels.astype(np.int64), class_names(self.classes))

    def format(self) -> tuple[Feature, ...]:
        return pixels((8, 8), maximum=16)
