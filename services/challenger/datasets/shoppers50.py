"""Synthetic shoppers in 50 classes, after the paper's Purchase (50)."""

from services.challenger.shoppers import Shoppers


class Shoppers50(Shoppers):
    summary = "what shoppers bought of 600 products, 50 clusters of shoppers (synthetic, like Purchase)"
    classes = 50
