"""A scoreboard in words: what stands in which column, and what is said beside the numbers."""

from collections.abc import Iterator, Mapping
from typing import Any

Found = Mapping[str, Any]
REMARKABLE = 0.05  # short of a broken game; its 95 % interval leaves 0.5 out

COLUMNS = {
    "AUC": ("auc",),
    "precision": ("precision",),
    "precision\nat prior\n1 %": ("precision_at_prior", "0.01"),
    "recall": ("recall",),
    "FPR": ("fpr",),
    "TPR at\n1 % FPR": ("tpr_at_fpr", "0.01"),
    "TPR at\n0.1 % FPR": ("tpr_at_fpr", "0.001"),
}


def heading(board: Found) -> str:
    targets = f"{board['targets']} targets are" if board["targets"] > 1 else "The target is"
    rules = [f"{board['members']} members{' by coin' if board['inclusion'] == 'coin' else ''}"]
    rules += [f"{board['canaries']} canaries"] if board["canaries"] else []
    rules += [f"{100 * board['overlap']:g} % of the population members"] if board["overlap"] else []
    rules += ["null game"] if board["null"] else []
    rules += [f"twin of {board['twin_of']}"] if board["twin_of"] else []
    return (
        f"{board['dataset']}, {board['profile']}, {', '.join(rules)}. {targets} right on "
        f"{board['target']['train_accuracy']['value']:.3f} of the training records and on "
        f"{board['target']['test_accuracy']['value']:.3f} of others."
    )


def findings(controls: Found) -> Iterator[str]:
    """What the controls say of the game itself."""
    blind, null = controls["blind_baseline"], controls["null_control"]
    if blind is None:
        yield "Too few candidates for a blind baseline."
    elif blind["holds"] and blind["p"] > REMARKABLE:
        yield f"The records alone tell nothing: a blind classifier's AUC is {told(blind['auc'])}."
    elif blind["holds"]:
        yield (
            f"A blind classifier's AUC is {told(blind['auc'])} on the records alone, as chance has it in "
            f"{100 * blind['p']:.1f} % of sound games: compare attacks with it rather than with 0.5."
        )
    else:
        yield (
            f"THE GAME IS BROKEN: a blind classifier's AUC is {told(blind['auc'])} on the records alone. "
            "Members differ from non-members before anything is trained; create another game."
        )
    if null is not None and null["holds"]:
        yield f"Null control: all {len(null['attacks'])} attacks are at 0.5, as they must be."
    elif null is not None:
        yield f"THE NULL CONTROL FAILS for {', '.join(null['failing'])}: what was not learned was found."


def described(attack: Found, submission: Found) -> list[str]:
    """What stands beside an attack's rates: which of the two questions they answer, if any."""
    told = [attack["name"], attack["access"]]
    if attack["name"] == submission["primary"]:
        told.append("named in advance")
    if attack["name"] == submission["best_in_hindsight"] and len(submission["attacks"]) > 1:
        told += ["best in hindsight,", f"of {len(submission['attacks'])} attacks"]
    return told


def rate_in(attack: Found, path: tuple[str, ...]) -> Found:
    for name in path:
        attack = attack[name]
    return attack


def epsilon_of(primary: Found) -> str:
    epsilon, gap = primary["epsilon"], primary["gap"]["above"]
    kind = "at least" if epsilon["kind"] == "lower_bound" else "descriptively"
    return (
        f"{primary['name']} is {gap['value']:+.3f} ({gap['low']:+.3f} to {gap['high']:+.3f}) above the gap "
        f"attack in balanced accuracy; epsilon is {kind} {epsilon['value']:.2f} "
        f"(this game shows {epsilon['cap']:.2f} at the most)."
    )


def worst_case(primary: Found) -> Iterator[str]:
    """Of the records that leak most; a game that an older version closed has not all of it."""
    if (risk := primary.get("most_at_risk")) is not None:
        yield (
            f"Of the {risk['of']} candidates that {primary['name']} is surest of, "
            f"{risk['count']} are members: {told(risk)}."
        )
    if (canaries := primary.get("canaries")) is not None:
        yield f"Among the {canaries['records']} canaries alone its AUC is {told(canaries['auc'])}."


def truth_told(submission: Found) -> Iterator[str]:
    """A warning where it was handed in too late to be a guess."""
    if submission["truth_told"]:
        yield "A twin of this game was closed before this was handed in: the truth was known."


def told(rate: Found) -> str:
    return f"{rate['value']:.3f} ({rate['low']:.3f} to {rate['high']:.3f})"
