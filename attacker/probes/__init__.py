"""The probes, one file each: what label-only attacks ask around a record."""
