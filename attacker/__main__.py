"""The `attacker` command."""

from attacker.cli import main

if __name__ == "__main__":
    main()
