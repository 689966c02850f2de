"""Real shoppers in 2 classes, clustered as the paper's Purchase (2)."""

from typing import ClassVar

from services.challenger.published.purchase import Purchase


class Purchase2(Purchase):
    summary = "what shoppers bought of 600 products, 2 clusters of shoppers (Purchase, real)"
    classes = 2
    substitute: ClassVar[str | None] = "shoppers2"
