"""Customers of a provider: what they ask and hold, how many at once, and how it is measured."""
