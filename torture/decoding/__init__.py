"""Whatever reads bytes that others wrote, and hostile bytes for it."""
