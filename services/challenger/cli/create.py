"""`challenger create`: a new game, on a data set or on an owner's own records, or a twin of one."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from services.challenger.cli.owner_key import handing_over, owner_key

OF_TWINS = {"twin_of", "base_key_file", "profile", "option", "url", "owner_key_file", "wait"}
OF_DRAWS = {"dataset", "targets", "inclusion", "overlap", "canaries", "seed", "null"}
OF_TARGETS = {"target_url", "target_model", "dialect", "template", "answers", "batch", "key_header"}
OF_OWNERS = {"non_members", "population", "label", "name", "classes", *OF_TARGETS}
GUESS = "google"  # a profile that chooses for itself: the least that one can presume about a model
GAMES = "/v1/games/"


class Access(StrEnum):
    disjoint = "disjoint"
    adaptive = "adaptive"


class Inclusion(StrEnum):
    half = "half"
    coin = "coin"


def create(
    context: typer.Context,
    profile: Annotated[
        str | None,
        typer.Option(
            help="The provider's profile that trains the targets. Of a deployed one, that by which attackers "
            "train shadow models: a guess, by default `google`."
        ),
    ] = None,
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
    members: Annotated[
        str,
        typer.Option(
            metavar="NUMBER|FILE",
            help="Training records of each target; or the file that an owner's own are in: .csv, .npy or "
            ".parquet, the label in the first column.",
        ),
    ] = "1200",
    non_members: Annotated[
        Path | None,
        typer.Option(help="With a file of members: records of the same kind that the target has not seen."),
    ] = None,
    population: Annotated[
        Path | None,
        typer.Option(help="Likewise: more of these, of which the attacker's knowledge is made."),
    ] = None,
    label: Annotated[
        str | None, typer.Option(help="Likewise: the label's column, where it is not the first.")
    ] = None,
    name: Annotated[str, typer.Option(help="Likewise: what attackers see them called.")] = "own records",
    target_url: Annotated[
        str | None,
        typer.Option(help="The server of a target that learned these records elsewhere.", metavar="URL"),
    ] = None,
    target_model: Annotated[str | None, typer.Option(help="Its name at that server.")] = None,
    dialect: Annotated[
        str, typer.Option(help="How the server is asked; see `attacker dialects`.", metavar="NAME")
    ] = "native",
    template: Annotated[
        Path | None, typer.Option(help="Of the dialect `http`: requests and answers, a TOML file.")
    ] = None,
    classes: Annotated[
        str | None, typer.Option(help="The target's classes in the order of its answers, with commas.")
    ] = None,
    answers: Annotated[
        str | None, typer.Option(help="What it answers; else found out.", metavar="KIND")
    ] = None,
    batch: Annotated[int | None, typer.Option(help="The most records in a request to it.", min=1)] = None,
    key_header: Annotated[
        str,
        typer.Option(help="The header for a key to it. The owner's own is in CHALLENGER_TARGET_KEY."),
    ] = "Authorization",
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

    many = file_or_number(members)
    if profile is None:
        require_target(target_url)
    asked: dict[str, Any] = {"profile": profile or GUESS}
    asked |= {"options": options_from(option)} if option else {}
    base_key = None
    if twin_of is not None:
        require_twins_options(context)
        base_key = owner_key(base_key_file, "--base-key-file")
        at, _, game_id = twin_of.rstrip("/").rpartition(GAMES)
        url, asked = at or url, asked | {"twin_of": game_id}
    elif isinstance(many, Path):
        require_owners_options(context)
        asked |= {"name": name, "knowledge": knowledge_from(knowledge), "access": access.value}
        asked |= of_own_records(url, context.params | {"members": many})
    elif dataset is None:
        raise typer.BadParameter(
            "name a data set, a file of --members, or a game with --twin-of", param_hint="--dataset"
        )
    else:
        refuse_owners_options(context)
        asked |= {
            "dataset": dataset,
            "members": many,
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
    for line in told_of(game.get("left_out") or {}):
        typer.echo(line, err=True)
    if wait:
        client.until_prepared(game["url"])
    typer.echo(game["url"])


def file_or_number(members: str) -> Path | int:
    """`--members`: how many, or the file that they are in; raises BadParameter."""
    if members.isdecimal() and int(members) >= 2:
        return int(members)
    if not (file := Path(members)).is_file():
        raise typer.BadParameter(
            f"{members} is neither a number from 2 nor a file that is there", param_hint="--members"
        )
    return file


def of_own_records(challenger: str, typed: Mapping[str, Any]) -> dict[str, Any]:
    """What is asked for, once the tables are there."""
    from services.challenger.cli.own_records import Elsewhere, OwnRecords, asked_of

    return asked_of(challenger, OwnRecords.of(typed), Elsewhere.of(typed))


def require_twins_options(context: typer.Context) -> None:
    """Raises BadParameter for what a twin has from its base."""
    others = context.params.keys() - OF_TWINS
    refuse(context, others, "a twin differs from its base in profile and options alone; leave it out")


def require_owners_options(context: typer.Context) -> None:
    """Raises BadParameter for what a game on an owner's own records cannot have."""
    refuse(context, OF_DRAWS, "of a game on records of your own, who is a member is not drawn; leave it out")
    if context.params["non_members"] is None:
        raise typer.BadParameter("name the file of the others", param_hint="--non-members")
    if context.params["target_url"] and not context.params["target_model"]:
        raise typer.BadParameter("name the model at that server", param_hint="--target-model")


def refuse_owners_options(context: typer.Context) -> None:
    refuse(context, OF_OWNERS, "that is for records of your own: give their file to --members")


def refuse(context: typer.Context, names: Iterable[str], reason: str) -> None:
    """Raises BadParameter for the first of the options that was typed."""
    for name in sorted(names):
        source = context.get_parameter_source(name)
        if source is not None and source.name == "COMMANDLINE":
            raise typer.BadParameter(reason, param_hint=f"--{name.replace('_', '-')}")


def require_target(target_url: str | None) -> None:
    if target_url is None:
        raise typer.BadParameter(
            "name the profile that trains the targets; `mlaas profiles` lists them", param_hint="--profile"
        )


def told_of(left_out: dict[str, int]) -> list[str]:
    """Records that came again, by where they were."""
    return [
        f"{count:,} of the {part.replace('_', '-')} are left out: their features came before"
        for part, count in left_out.items()
        if count
    ]


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
