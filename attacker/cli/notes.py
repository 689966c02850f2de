"""What a user should know although a command goes on."""


def note(text: str) -> None:
    """One line on standard error; what services say in it is shown as it is."""
    from rich.console import Console

    Console(stderr=True).print(f"note: {text}", style="yellow", highlight=False, soft_wrap=True, markup=False)
