"""Games: created, prepared at the provider, opened, closed."""
