"""Synthetic shoppers in 20 classes, after the paper's Purchase (20)."""

from services.challenger.shoppers import Shoppers


class Shoppers20(Shoppers):
    summary = "what shoppers bought of 600 products, 20 clusters of shoppers (synthetic, like Purchase)"
    classes = 20
