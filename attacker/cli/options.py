"""The options that several commands share."""

from pathlib import Path
from typing import Annotated

from typer import Option

from attacker import defaults

Out = Annotated[Path, Option(help="The run folder; the same command goes on where it was.", file_okay=False)]
Shadows = Annotated[int, Option(min=1, help="Shadow models to train.")]
Attacks = Annotated[
    str | None,
    Option(
        help="With commas, or `all`; NAME or NAME:SETTING=VALUE:...; see `attacker attacks`.",
        show_default=defaults.ATTACKS,
    ),
]
Primary = Annotated[
    str | None,
    Option(
        help="The attack to judge the run by, named in advance; else `shokri` (`rmia` on a model deployed "
        "elsewhere, with a population and four shadows) if it is among the attacks, else the first of them."
    ),
]
Seed = Annotated[int, Option(min=0, help="Fixes the shadow plan and the fits.")]
Budget = Annotated[
    str | None,
    Option(
        help="The most records that the run may ask: a number, or by phase, `200000,synthesis=50000`.",
        metavar="RECORDS",
    ),
]
Knowledge = Annotated[
    Path | None,
    Option(
        exists=True,
        dir_okay=False,
        help="Marginals or the format of the records, .json as a game gives them; else the model's format.",
    ),
]
Synthesis = Annotated[
    str | None,
    Option(
        help="Where shadow data comes from, NAME[:SETTING=VALUE...]; see `attacker syntheses`. "
        "Without one, what makes the most of what is known.",
        metavar="NAME",
    ),
]
Count = Annotated[
    int | None,
    Option(
        min=1,
        help="Shadow records to synthesise, or to use of those granted; else as many as shadows need.",
    ),
]
Access = Annotated[
    str | None,
    Option(
        help="What shadow models may learn: `disjoint`, no candidate, or `adaptive`, the candidates "
        "themselves; else what the rules grant.",
        metavar="disjoint|adaptive",
    ),
]
Precision = Annotated[
    float | None,
    Option(help="Decide so that positive answers are right this often, as far as shadows tell; else best."),
]
Fdr = Annotated[
    float | None,
    Option(
        help="List members in members.csv, of whom at most this share is wrong on average; by what real "
        "records say that no shadow model learned.",
        metavar="RATE",
    ),
]
ShadowProfile = Annotated[
    str | None,
    Option(help="The provider's profile that trains the shadow models; else the target's.", metavar="NAME"),
]
TrainingSize = Annotated[
    int | None,
    Option(
        min=1,
        help="Records that a shadow model learns; else as many as the target, which an audit takes for half "
        "of the population.",
    ),
]
Adapt = Annotated[
    bool,
    Option(
        "--adapt",
        help="Look for a defence in the answers and adapt: ask again where answers differ each time, ask "
        "around records where labels are all there is; with --base, undo a temperature.",
    ),
]
Base = Annotated[
    Path | None,
    Option(
        exists=True,
        file_okay=False,
        help="The folder of a finished run on the same records under another profile: its shadow models are "
        "served under this one where the provider does that, and attacks that know nothing of the defence "
        "are judged, too.",
    ),
]
Quiet = Annotated[bool, Option("--quiet", help="No progress bars.")]
