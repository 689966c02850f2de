"""What the README tells in figures. A package by name, for a library that we use has one of that name."""
