"""Uploads: tables that become a game of an owner's own records."""
