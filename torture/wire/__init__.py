"""What goes over a line between two parties: as it should, hostile, disturbed, or a lie."""
