"""What a user sees while a run works: what is happening, how much is left, queries spent."""

from collections.abc import Sequence
from types import TracebackType
from typing import Self

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from attacker.client.documents import Model
from attacker.legible import legible
from attacker.synthesis import Harvest

SYNTHESIS = "records synthesised"
WIDTH = 40  # of what is happening, so that the bars stay where they are


class Screen:
    """Progress bars on `console`; only notes when that is no terminal, or quiet is wanted."""

    def __init__(self, console: Console, *, quiet: bool = False) -> None:
        self.progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            TextColumn("{task.fields[done]}"),
            TimeRemainingColumn(compact=True),
            console=console,
            transient=True,
            disable=quiet or not console.is_terminal,
        )
        self.now = self.progress.add_task("", total=None, done="")
        self.bars: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        self.progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.progress.stop()

    def stage(self, text: str) -> None:
        """What happens from now on."""
        self.progress.update(self.now, description=text.ljust(WIDTH))

    def expect(self, shadows: int, queries: int, asked: int) -> None:
        """How much there is to do, and how much of it an earlier session did."""
        for name, total in (("shadow models trained", shadows), ("records asked", queries)):
            if name in self.bars:  # who adapts expects anew
                self.progress.update(self.bars[name], total=total, completed=0, done=f"of {total:,}")
            else:
                self.bars[name] = self.progress.add_task(name, total=total, done=f"of {total:,}")
        self.advance("records asked", asked)

    def synthesizing(self, count: int, classes: Sequence[str], found: Harvest, asked: int) -> None:
        """A synthesis of `count` records begins, or goes on after those that were `found`."""
        self.classes, self.found = classes, np.zeros(len(classes), np.int64)
        self.confidence, self.queries = 0.0, 0
        self.bars[SYNTHESIS] = self.progress.add_task(SYNTHESIS, total=count, done="")
        self.synthesized(found, asked)

    def synthesized(self, harvest: Harvest, asked: int) -> None:
        """Accepted records, from the class with the fewest to the one with most; queries and confidence."""
        self.found += np.bincount(harvest.records.labels, minlength=len(self.found))
        self.confidence, self.queries = self.confidence + harvest.confidence.sum(), self.queries + asked
        task = self.progress.tasks[self.progress.task_ids.index(self.bars[SYNTHESIS])]
        count = int(self.found.sum())
        done = f"{count:,} of {task.total:,.0f}"
        if count:
            fewest = f"{self.found.min():,} (class {self.classes[int(self.found.argmin())]})"
            done += f", {fewest} to {self.found.max():,} a class"
            done += f", {self.queries / count:,.1f} queries each, confidence {self.confidence / count:.2f}"
        self.progress.update(self.bars[SYNTHESIS], advance=len(harvest), done=done)

    def trained(self, model: Model) -> None:
        self.advance("shadow models trained", 1)
        if model.state != "ready":
            self.note(f"shadow model {model.id} {model.state}: {model.error or 'no reason given'}")

    def asked(self, records: int) -> None:
        self.advance("records asked", records)

    def advance(self, bar: str, by: int) -> None:
        """Move a bar; before anything is expected there is none to move."""
        if bar in self.bars:
            task = self.progress.tasks[self.progress.task_ids.index(self.bars[bar])]
            done = f"{task.completed + by:,.0f} of {task.total:,.0f}"
            self.progress.update(self.bars[bar], advance=by, done=done)

    def note(self, text: str) -> None:
        """Something the user should know although the run goes on."""
        self.progress.console.print(
            f"note: {legible(text)}", style="yellow", highlight=False, soft_wrap=True, markup=False
        )
