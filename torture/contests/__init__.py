"""Games that a trial plays, sees, kills and compares."""
