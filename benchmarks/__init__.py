"""The figures of the README. A package by name, for a library that we use installs one of the same name."""
