"""`attacker import`: predictions made elsewhere as a transcript."""

from pathlib import Path
from typing import Annotated

from typer import Argument, Option


def an_array(help: str) -> object:  # noqa: A002 - it is typer's word
    return Option(help=help, exists=True, dir_okay=False)


Array = Path | None


def import_(
    out: Annotated[Path, Option(dir_okay=False, help="The transcript to write, an .npz.")],
    arrays: Annotated[
        Path | None,
        Argument(exists=True, dir_okay=False, help="An .npz with arrays named as the options below, with _."),
    ] = None,
    labels: Annotated[Array, an_array("The candidates' classes, .npy (N,).")] = None,
    target: Annotated[Array, an_array("The target's probabilities, (N, K), or (T, N, K) of several.")] = None,
    shadows: Annotated[Array, an_array("The shadow models' probabilities, (S, N, K).")] = None,
    membership: Annotated[
        Array, an_array("Who was in their training sets, (S, N); with known records too, (S, N + R).")
    ] = None,
    truth: Annotated[Array, an_array("Who is a member of the target, (N,) or (T, N).")] = None,
    features: Annotated[Array, an_array("The candidates themselves, (N, D); some attacks take them.")] = None,
    known_labels: Annotated[Array, an_array("The classes of known non-members, (R,).")] = None,
    known_target: Annotated[Array, an_array("The target's probabilities of them, (R, K).")] = None,
    known_shadows: Annotated[Array, an_array("The shadow models' probabilities of them, (S, R, K).")] = None,
    known_features: Annotated[Array, an_array("The known non-members themselves, (R, D).")] = None,
    logits: Annotated[bool, Option("--logits", help="Logits or logarithms, not probabilities.")] = False,
) -> None:
    """Make a transcript of predictions from elsewhere, to score attacks on with `attacker attacks`."""
    from rich.console import Console

    from attacker import importing, transcript_file

    files = {
        "labels": labels,
        "target": target,
        "shadows": shadows,
        "membership": membership,
        "truth": truth,
        "features": features,
        "known_labels": known_labels,
        "known_target": known_target,
        "known_shadows": known_shadows,
        "known_features": known_features,
    }
    given = importing.read(arrays, {name: path for name, path in files.items() if path is not None})
    file = importing.imported(given, logits=logits)
    transcript_file.write(out, file)
    Console().print(str(out), highlight=False, soft_wrap=True)
