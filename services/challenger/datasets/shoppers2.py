"""Synthetic shoppers in 2 classes, after the paper's Purchase (2)."""

from services.challenger.shoppers import Shoppers


class Shoppers2(Shoppers):
    summary = "what shoppers bought of 600 products, 2 clusters of shoppers (synthetic, like Purchase)"
    classes = 2
