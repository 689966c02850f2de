"""The machine under the parties: its disk, clock, processes."""
