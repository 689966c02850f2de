"""All that reads what others wrote, a group a module."""
