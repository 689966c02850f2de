"""Ways to shadow data: one file each, and the file's name is the synthesis's name."""
