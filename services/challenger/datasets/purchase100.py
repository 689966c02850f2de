"""Real shoppers in 100 classes, with the published labels."""

from typing import ClassVar

from services.challenger.published.purchase import Purchase


class Purchase100(Purchase):
    summary = "what shoppers bought of 600 products, the paper's 100 clusters of shoppers (Purchase, real)"
    classes = 100
    substitute: ClassVar[str | None] = "shoppers100"
