"""How hard it is to break: faults and hostile customers, so many times, with what came of it in counts."""
