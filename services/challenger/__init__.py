"""The challenger: owner of the private records and referee of the membership inference game."""
