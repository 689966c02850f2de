"""`mlaas`: the provider's commands."""

from services.mlaas.cli.program import program
from services.web.command import run


def main() -> None:
    run(program)


if __name__ == "__main__":
    main()
