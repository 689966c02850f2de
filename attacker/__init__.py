"""The adversary: knows the candidates and an API, never who is a member."""
