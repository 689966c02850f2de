"""Data that others published: fetched once, checked by its hash, read from the formats it came in."""
