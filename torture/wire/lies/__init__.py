"""Lies by what they are about, a module a kind; each names its own in `LIES`."""
