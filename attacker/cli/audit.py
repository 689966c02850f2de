"""`attacker audit`: a model of a bare service, no challenger."""

from pathlib import Path
from typing import Annotated

from typer import Option

from attacker import defaults
from attacker.cli import options
from attacker.deployed import BEARER, NATIVE
from attacker.errors import ConfigurationError


def audit(
    url: Annotated[str, Option(help="The service, or the server of a model that is deployed elsewhere.")],
    model: Annotated[str, Option(help="The id of the model to attack, or its name at that server.")],
    candidates: Annotated[
        Path, Option(exists=True, dir_okay=False, help="Records to judge: .csv or .npy, label first.")
    ],
    population: Annotated[
        Path | None,
        Option(exists=True, dir_okay=False, help="Other records of the same kind, to train shadows on."),
    ] = None,
    partial: Annotated[
        Path | None,
        Option(
            exists=True,
            dir_okay=False,
            help="Instead: known members, then as many known non-members; no shadow models are trained.",
        ),
    ] = None,
    knowledge: options.Knowledge = None,
    truth: Annotated[
        Path | None,
        Option(exists=True, dir_okay=False, help="Who is a member, .npy (N,): evaluate the scores."),
    ] = None,
    dialect: Annotated[
        str,
        Option(
            help="How the server is asked, NAME[:SETTING=VALUE...]; see `attacker dialects`.", metavar="NAME"
        ),
    ] = NATIVE,
    template: Annotated[
        Path | None,
        Option(exists=True, dir_okay=False, help="Of the dialect `http`: requests and answers, a TOML file."),
    ] = None,
    shadows_at: Annotated[
        str | None,
        Option(
            help="The provider that trains the shadow models, where the model is deployed elsewhere: under "
            "--shadow-profile, else `google`, which is a guess.",
            metavar="URL",
        ),
    ] = None,
    classes: Annotated[
        str | None,
        Option(help="Of a model deployed elsewhere: its classes in the order of its answers, with commas."),
    ] = None,
    answers: Annotated[
        str | None,
        Option(
            help="What it answers: probabilities, top, log_probabilities, log_odds, labels; else found out.",
            metavar="KIND",
        ),
    ] = None,
    batch: Annotated[
        int | None,
        Option(min=1, help="The most records in a request to it; else as its server says."),
    ] = None,
    key_header: Annotated[
        str,
        Option(
            help="The header for its key, which ATTACKER_TARGET_KEY, or a file that "
            "ATTACKER_TARGET_KEY_FILE names, has."
        ),
    ] = BEARER,
    fail_above: Annotated[
        str | None,
        Option(
            help="With --truth: exit code 7 when the primary attack does better; `tpr@0.01=0.05`, `auc=0.6`.",
            metavar="METRIC=RATE",
        ),
    ] = None,
    out: options.Out = Path(defaults.AUDIT),
    shadows: options.Shadows = defaults.SHADOWS,
    attacks: Annotated[
        str | None,
        Option(
            help="With commas, or `all`; NAME or NAME:SETTING=VALUE:...; see `attacker attacks`.",
            show_default=f"{defaults.ATTACKS}; rmia, too, on a model deployed elsewhere with a population "
            "and four shadows",
        ),
    ] = None,
    primary: options.Primary = None,
    synthesis: options.Synthesis = None,
    count: options.Count = None,
    access: options.Access = None,
    precision: options.Precision = None,
    fdr: options.Fdr = None,
    shadow_profile: options.ShadowProfile = None,
    training_size: options.TrainingSize = None,
    adapt: options.Adapt = False,
    base: options.Base = None,
    seed: options.Seed = 0,
    budget: options.Budget = None,
    quiet: options.Quiet = False,
) -> None:
    """Attack a model of a service directly: a membership score for every candidate.

    The model is one of a provider like ours, or deployed where a dialect reaches it: its shadow models are
    then trained by a provider at --shadows-at. Without a population, shadow data is synthesised from the
    model's answers. The run signs up at the service by itself; ATTACKER_API_KEY, or the file that
    ATTACKER_API_KEY_FILE names, has the key of an account to use instead.
    """
    from rich.console import Console

    from attacker.audit import Audit
    from attacker.gate import Limit
    from attacker.report import members, result, run_report, tables

    limit = Limit.read(fail_above) if fail_above else None
    if limit and truth is None:
        raise ConfigurationError("--fail-above judges by the --truth; give that too.")
    audited = Audit(
        url,
        model=model,
        candidates=candidates,
        population=population,
        partial=partial,
        knowledge=knowledge,
        truth=truth,
        dialect=dialect,
        template=template,
        shadows_at=shadows_at,
        classes=classes,
        answers=answers,
        batch=batch,
        key_header=key_header,
        out=out,
        shadows=shadows,
        attacks=attacks,
        primary=primary,
        synthesis=synthesis,
        count=count,
        access=access,
        precision=precision,
        fdr=fdr,
        shadow_profile=shadow_profile,
        training_size=training_size,
        adapt=adapt,
        base=base,
        seed=seed,
        budget=budget,
        quiet=quiet,
    )
    found = audited.run().document
    assert found is not None
    console = Console()
    if truth is not None:
        console.print(tables.attacks(found))
    for line in members.lines(found):
        console.print(line, highlight=False, soft_wrap=True)
    console.print(tables.ledger(found))
    for file in (out / result.SCORES_FILE, out / result.FILE, run_report.write(out)):
        console.print(str(file), highlight=False, soft_wrap=True)
    if limit:
        limit.check(found)
