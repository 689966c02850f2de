"""`attacker synthesize`: shadow data from a model of a service, and nothing more."""

from pathlib import Path
from typing import Annotated, Any

from typer import Option

from attacker.cli import options


def synthesize(
    url: Annotated[str, Option(help="The service.")],
    model: Annotated[str, Option(help="The id of the model to ask.")],
    count: Annotated[int, Option(min=1, help="Records to synthesise.")],
    out: Annotated[
        Path,
        Option(
            dir_okay=False,
            help="Where the records go: .npy or .csv, the label first. What is known of each goes to "
            "NAME.provenance.csv, what they cost to NAME.cost.json, the run to the folder NAME.run.",
        ),
    ],
    synthesis: options.Synthesis = None,
    knowledge: options.Knowledge = None,
    seed: Annotated[int, Option(min=0, help="Fixes the records.")] = 0,
    budget: options.Budget = None,
    quiet: options.Quiet = False,
) -> None:
    """Synthesise labelled records like those that a model was trained on, out of its answers.

    An interrupted synthesis goes on when the same command is given again. The run signs up at the service by
    itself; ATTACKER_API_KEY, or the file that ATTACKER_API_KEY_FILE names, has the key of an account to use
    instead.
    """
    from rich.console import Console

    from attacker import harvesting
    from attacker.choice import Choice
    from attacker.client.url import checked_url
    from attacker.configuration import sha256
    from attacker.report import harvest, tables
    from attacker.running import session
    from attacker.synthesis import SYNTHESES

    folder = out.with_suffix(".run")
    harvest.check(out, folder)
    if synthesis is not None:
        Choice.read(synthesis, SYNTHESES).make().check()
    wanted = harvesting.Wanted(checked_url(url), model, count, synthesis, knowledge, seed)
    given: dict[str, Any] = vars(wanted) | {"knowledge": sha256(knowledge) if knowledge else None}
    with session(folder, given, budget=budget, quiet=quiet) as opened:
        found = harvesting.synthesize(opened, wanted, out)
    console = Console()
    console.print(tables.synthesis(found["synthesis"]), tables.ledger(found))
    console.print(str(out), highlight=False, soft_wrap=True)
