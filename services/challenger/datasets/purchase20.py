"""Real shoppers in 20 classes, clustered as the paper's Purchase (20)."""

from typing import ClassVar

from services.challenger.published.purchase import Purchase


class Purchase20(Purchase):
    summary = "what shoppers bought of 600 products, 20 clusters of shoppers (Purchase, real)"
    classes = 20
    substitute: ClassVar[str | None] = "shoppers20"
