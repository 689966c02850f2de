"""Pages for people: the games there are, the rules of one, and its scoreboard once it is closed."""
