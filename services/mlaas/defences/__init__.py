"""The output defences, one file each."""
