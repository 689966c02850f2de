"""Purchases of shoppers that do not exist: a topic model of who buys what."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Market:
    """Latent Dirichlet allocation (Blei, Ng and Jordan 2003, section 3) with departments above its topics.

    A department is a distribution over products, its topics are narrower ones around it. A shopper belongs
    to a department and mixes topics, more of them from there. The breadths and tastes are Dirichlet
    concentrations, per product and per topic: small ones put nearly all on a few.
    """

    products: int = 600
    topics: int = 90
    shares: tuple[float, ...] = (0.4, 0.3, 0.2, 0.1)  # of the shoppers, by department
    popularity: float = 0.6  # exponent of the products' power law
    department_breadth: float = 0.06
    topic_breadth: float = 0.03
    taste_at_home: float = 0.025  # for each topic of the shopper's department
    taste_abroad: float = 0.012  # for each of the others
    whims: float = 0.42  # share of the purchases that follow popularity alone
    basket: float = 40.0  # purchases of the median shopper, repeats included
    spread: float = 0.2  # standard deviation of the basket's logarithm

    def records(self, shoppers: int, random: np.random.Generator) -> NDArray[np.uint8]:
        """Which products each shopper bought: (N, D), 0 or 1."""
        topics = self.draw_topics(random)
        tastes = self.draw_tastes(shoppers, random)
        baskets = np.rint(self.basket * random.lognormal(0, self.spread, shoppers)).astype(np.int64)
        purchases = random.multinomial(np.maximum(baskets, 1), tastes)  # (N, topics)
        topic = np.repeat(np.tile(np.arange(self.topics), shoppers), purchases.ravel())
        records = np.zeros((shoppers, self.products), dtype=np.uint8)
        records[np.repeat(np.arange(shoppers), purchases.sum(axis=1)), pick(topics, topic, random)] = 1
        return records

    def draw_topics(self, random: np.random.Generator) -> NDArray[np.float64]:
        """Each topic's distribution over products: (topics, D)."""
        popularity = random.permutation(np.arange(1, self.products + 1) ** -self.popularity)
        popularity /= popularity.sum()
        breadth = self.department_breadth * self.products
        departments = random.dirichlet(breadth * popularity, size=len(self.shares))
        around = self.topic_breadth * self.products * departments[self.homes] + 1e-9  # 0 has no Dirichlet
        topics = np.stack([random.dirichlet(concentration) for concentration in around])
        return (1 - self.whims) * topics + self.whims * popularity

    def draw_tastes(self, shoppers: int, random: np.random.Generator) -> NDArray[np.float64]:
        """Each shopper's distribution over topics: (N, topics)."""
        department = random.choice(len(self.shares), size=shoppers, p=self.shares)
        at_home = self.homes == department[:, np.newaxis]
        weights = random.standard_gamma(np.where(at_home, self.taste_at_home, self.taste_abroad))
        tastes: NDArray[np.float64] = weights / weights.sum(axis=1, keepdims=True)
        return tastes

    @property
    def homes(self) -> NDArray[np.int64]:
        """The department of each topic."""
        return np.arange(self.topics) % len(self.shares)


def pick(
    distributions: NDArray[np.float64], rows: NDArray[np.int64], random: np.random.Generator
) -> NDArray[np.int64]:
    """One draw from `distributions[row]` (T, D) for every row asked for, by inversion."""
    cumulative = np.cumsum(distributions, axis=1)
    cumulative /= cumulative[:, -1:]
    count, width = distributions.shape
    ladder = (cumulative + np.arange(count)[:, np.newaxis]).ravel()  # row t climbs from t to t + 1
    step = np.searchsorted(ladder, rows + random.random(len(rows)), side="right")
    drawn: NDArray[np.int64] = np.minimum(step - rows * width, width - 1)
    return drawn
