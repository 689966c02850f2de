"""Real shoppers in 10 classes, clustered as the paper's Purchase (10)."""

from typing import ClassVar

from services.challenger.published.purchase import Purchase


class Purchase10(Purchase):
    summary = "what shoppers bought of 600 products, 10 clusters of shoppers (Purchase, real)"
    classes = 10
    substitute: ClassVar[str | None] = "shoppers10"
