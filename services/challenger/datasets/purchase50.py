"""Real shoppers in 50 classes, clustered as the paper's Purchase (50)."""

from typing import ClassVar

from services.challenger.published.purchase import Purchase


class Purchase50(Purchase):
    summary = "what shoppers bought of 600 products, 50 clusters of shoppers (Purchase, real)"
    classes = 50
    substitute: ClassVar[str | None] = "shoppers50"
