"""Two attacks of one run, compared on the same candidates of the same targets."""

from pathlib import Path
from typing import Any

from attacker.analysis import finished
from attacker.errors import ConfigurationError
from attacker.run_transcript import occasion_of
from attacker.statistics.comparison import compare
from attacker.statistics.draws import draws
from attacker.store import Judged


def compared(folder: Path, names: str) -> dict[str, Any]:
    """The first attack's figures less the second's, for `names` such as `lira,bavaria`.

    Raises ConfigurationError for attacks that were not fitted, or where nobody told who is a member.
    """
    with finished(folder) as (store, _):
        judged, truth, occasion = store.judged(), store.truth(), occasion_of(store)
    if truth is None:
        raise ConfigurationError(
            f"Who is a member is not known in {folder}; compare when the game is closed."
        )
    first, second = pair(names, {one.attack: one for one in judged})
    found = compare(first.scores, second.scores, truth, draws(occasion, first.attack, second.attack))
    return {"attacks": [first.attack, second.attack], **found.as_json()}


def pair(names: str, judged: dict[str, Judged]) -> tuple[Judged, Judged]:
    words = [name.strip() for name in names.split(",")]
    if len(words) != 2 or not set(words) <= judged.keys():
        raise ConfigurationError(
            f"--compare {names!r} is two attacks with a comma, of those fitted here: {', '.join(judged)}."
        )
    return judged[words[0]], judged[words[1]]


def lines(found: dict[str, Any]) -> list[str]:
    """The comparison in words."""
    first, second = found["attacks"]
    differences = {"AUC": found["auc"], "TPR at 1 % FPR": found["tpr_at_fpr"]["0.01"]}
    return [f"{name} of {first} less that of {second}: {told(one)}." for name, one in differences.items()]


def told(difference: dict[str, Any]) -> str:
    if difference["value"] is None:
        return f"needs {difference['needs']} non-members"
    verdict = "not zero" if difference["excludes_zero"] else "may be zero"
    return "{value:+.4f} ({low:+.4f} to {high:+.4f}), ".format(**difference) + verdict
