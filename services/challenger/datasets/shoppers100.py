"""Synthetic shoppers in 100 classes, after the paper's Purchase (100)."""

from services.challenger.shoppers import Shoppers


class Shoppers100(Shoppers):
    summary = "what shoppers bought of 600 products, 100 clusters of shoppers (synthetic, like Purchase)"
    classes = 100
