"""What a user sees while a run works: what is happening, how much is left, queries spent."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from attacker.client.documents import Model


class Screen:
    """Progress bars on `console`; only notes when that is no terminal, or quiet is wanted."""

    def __init__(self, console: Console, *, quiet: bool = False) -> None:
        self.console = console
        self.progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("{task.fields[what]}"),
            TimeRemainingColumn(compact=True),
            console=console,
            transient=True,
            disable=quiet or not console.is_terminal,
        )
        self.shadows: TaskID | None = None
        self.queries: TaskID | None = None
        self.now: TaskID | None = None

    def __enter__(self) -> Self:
        self.progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.progress.stop()

    def stage(self, text: str) -> None:
        """What happens from now on."""
        if self.now is not None:
            self.progress.remove_task(self.now)
        self.now = self.progress.add_task(text, total=None, what="")

    def expect(self, shadows: int, queries: int, asked: int) -> None:
        """How much there is to do, and how much of it an earlier session did."""
        self.shadows = self.progress.add_task("shadow models", total=shadows, what="trained")
        self.queries = self.progress.add_task("queries", total=queries, completed=asked, what="records asked")

    def trained(self, model: Model) -> None:
        if self.shadows is not None:
            self.progress.advance(self.shadows)
        if model.state != "ready":
            self.note(f"Shadow model {model.id} {model.state}: {model.error or 'no reason given'}")

    def asked(self, records: int) -> None:
        if self.queries is not None:
            self.progress.advance(self.queries, records)

    def note(self, text: str) -> None:
        """Something the user should know although the run goes on."""
        self.progress.console.print(f"note: {text}", style="yellow", highlight=False, soft_wrap=True)
