"""`challenger create`: a new game, or a twin of one."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from services.challenger.cli.owner_key import handing_over, owner_key

OF_TWINS = ("twin_of", "base_key_file", "profile", "option", "url", "owner_key_file", "wait")
GAMES = "/v1/games/"


class Access(StrEnum):
    disjoint = "disjoint"
    adaptive = "adaptive"


class Inclusion(StrEnum):
    half = "half"
    coin = "coin"


def create(
    context: typer.Context,
    profile: Annotated[str, typer.Option(help="The provider's profile that trains the targets.")],
    dataset: Annotated[
        str | None, typer.Option(help="What is played; `challenger datasets` lists them.")
    ] = None,
    twin_of: Annotated[
        str | None,
        typer.Option(
            metavar="GAME",
            help="URL or id of a game, in place of a data set: the new one has its records, members and "
            "rules under another profile. To close either tells the truth of both.",
        ),
    ] = None,
    base_key_file: Annotated[
        Path | None,
        typer.Option(
            help="File with the owner key of the game to make a twin of, `-` for standard input. "
            "Without it: CHALLENGER_OWNER_KEY."
        ),
    ] = None,
    url: Annotated[
        str, typer.Option(help="The challenger.", envvar="CHALLENGER_URL")
    ] = "http://127.0.0.1:8001",
    members: Annotated[int, typer.Option(help="Training records of each target.", min=2)] = 1200,
    knowledge: Annotated[
        str,
        typer.Option(
            metavar="KIND[:NAME=VALUE...]",
            help="What the attacker is given: population, noisy:rate=0.1:mode=flip (or mode=replace), "
            "shifted:strength=0.5, marginals, format or partial:share=0.2.",
        ),
    ] = "population",
    access: Annotated[
        Access, typer.Option(help="`adaptive`: shadows may be trained on candidates.")
    ] = Access.disjoint,
    option: Annotated[
        list[str] | None,
        typer.Option(
            help="An option of the profile, as NAME=NUMBER; may be repeated. A twin's default: its base's."
        ),
    ] = None,
    targets: Annotated[int, typer.Option(help="Target models, on the same candidates.", min=1)] = 1,
    inclusion: Annotated[
        Inclusion, typer.Option(help="`coin`: a coin for each candidate says whether it is a member.")
    ] = Inclusion.half,
    overlap: Annotated[
        float, typer.Option(help="Share of the population that are members of the target.", min=0, max=0.5)
    ] = 0.0,
    canaries: Annotated[int, typer.Option(help="Candidates that get a wrong label.", min=0)] = 0,
    seed: Annotated[
        int | None, typer.Option(help="Fixes the split, with the challenger's secret.", min=0)
    ] = None,
    null: Annotated[
        bool, typer.Option("--null", help="Train on other records: every attack must come out at 0.5.")
    ] = False,
    owner_key_file: Annotated[
        Path | None, typer.Option(help="Where the new game's owner key goes; standard error without it.")
    ] = None,
    wait: Annotated[bool, typer.Option(help="Wait until the targets are trained.")] = True,
) -> None:
    """Create a game and print its URL; the key that closes it goes to a file or to standard error."""
    from services.challenger import client

    asked: dict[str, Any] = {"profile": profile} | ({"options": options_from(option)} if option else {})
    base_key = None
    if twin_of is not None:
        require_twins_options(context)
        base_key = owner_key(base_key_file, "--base-key-file")
        at, _, game_id = twin_of.rstrip("/").rpartition(GAMES)
        url, asked = at or url, asked | {"twin_of": game_id}
    elif dataset is None:
        raise typer.BadParameter("name a data set, or a game with --twin-of", param_hint="--dataset")
    else:
        asked |= {
            "dataset": dataset,
            "members": members,
            "knowledge": knowledge_from(knowledge),
            "access": access.value,
            "targets": targets,
            "inclusion": inclusion.value,
            "overlap": overlap,
            "canaries": canaries,
            "null": null,
            "seed": seed,
        }
    with handing_over(owner_key_file) as hand_over:
        game = client.create(url, asked, base_key)
        hand_over(game["owner_key"])
    if wait:
        client.until_prepared(game["url"])
    typer.echo(game["url"])


def require_twins_options(context: typer.Context) -> None:
    """Raises BadParameter for what a twin has from its base."""
    for name in context.params:
        source = context.get_parameter_source(name)
        if name not in OF_TWINS and source is not None and source.name == "COMMANDLINE":
            raise typer.BadParameter(
                "a twin differs from its base in profile and options alone; leave it out",
                param_hint=f"--{name.replace('_', '-')}",
            )


def knowledge_from(text: str) -> dict[str, Any]:
    """`noisy:rate=0.2` as the API takes it; what is not said has its default."""
    from services.challenger.games.schemas import RULES

    kind, *said = text.split(":")
    if kind not in RULES:
        message = f"{kind!r} is no kind of knowledge; choose among {', '.join(RULES)}"
        raise typer.BadParameter(message, param_hint="--knowledge")
    names = [name for name in RULES[kind].model_fields if name != "kind"]
    parameters = dict(one.partition("=")[::2] for one in said)
    if not parameters.keys() <= set(names) or not all(parameters.values()):
        takes = " and ".join(f"{name}=VALUE" for name in names) or "no parameters"
        raise typer.BadParameter(f"{kind} takes {takes}, not {text!r}", param_hint="--knowledge")
    return RULES[kind].model_validate({"kind": kind} | parameters).model_dump()


def options_from(texts: list[str]) -> dict[str, float]:
    options = {}
    for text in texts:
        name, _, value = text.partition("=")
        try:
            options[name] = float(value)
        except ValueError:
            raise typer.BadParameter(f"{text!r} should be NAME=NUMBER", param_hint="--option") from None
    return options
