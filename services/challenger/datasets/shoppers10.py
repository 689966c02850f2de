"""Synthetic shoppers in 10 classes, after the paper's Purchase (10)."""

from services.challenger.shoppers import Shoppers


class Shoppers10(Shoppers):
    summary = "what shoppers bought of 600 products, 10 clusters of shoppers (synthetic, like Purchase)"
    classes = 10
