"""Keys of an account beside its own: they may do less, and each is revoked by itself."""
