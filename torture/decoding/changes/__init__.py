"""Bytes of a format made worse where it hurts: what flipped bits would take years to come upon."""
