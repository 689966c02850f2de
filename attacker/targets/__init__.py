"""The kinds of target, one file each; the file's name is the target's name."""
