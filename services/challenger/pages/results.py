"""What came of a closed game: the scoreboard, the curves, the targets, the controls."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from attacker.report.markup import Html, html, joined
from attacker.report.page import facts, figure, folded, paragraph, section, table, with_interval
from attacker.report.words import DASH, estimate, rate
from services.challenger.pages.words import counted, in_words
from services.challenger.scoreboard import (
    COLUMNS,
    described,
    epsilon_of,
    findings,
    heading,
    rate_in,
    truth_told,
    worst_case,
)
from services.web.pages import link, spaced
from services.web.roc_curve import MOST_CURVES, curves, legend

SHOWN = 5  # submissions; the others are folded
MOST_ROWS = 20  # attacks of a submission; the API has them all

Found = Mapping[str, Any]
Curves = Mapping[str, Sequence[Sequence[float]]]  # (FPR, TPR) points of a submission's primary, by its id


def result_sections(board: Found, drawn: Curves) -> list[Html]:
    """Of a closed game."""
    found = [scores(board)]
    if board["submissions"]:
        found.append(pictures(board, drawn))
    return [*found, soundness(board)]


def scores(board: Found) -> Html:
    parts = [part for submission in board["submissions"][:SHOWN] for part in submitted(board, submission)]
    if later := board["submissions"][SHOWN:]:
        further = [part for submission in later for part in submitted(board, submission)]
        parts.append(folded(counted(len(later), "further submission"), *further))
    nothing = paragraph("Nobody submitted anything.")
    explained = paragraph(
        "Rates in per cent, each with its 95 % interval and its counts below. A rate that the sample cannot "
        "resolve says how many records it needs. Advantage is twice the balanced accuracy less one."
    )
    return section("Scoreboard", *([explained, *parts] if parts else [nothing]), name="scoreboard")


def submitted(board: Found, submission: Found) -> Iterator[Html]:
    """The attack named in advance first, then the best in hindsight."""
    attacks, primary = submission["attacks"], submission["attacks"][0]
    auc, *others = (Html("<br>".join(map(html, name.split("\n")))) for name in COLUMNS)
    head = ["attack", auc, "advantage", "accuracy", *others]
    rows = [row(attack, submission) for attack in attacks[:MOST_ROWS]]
    caption = f"Submission {submission['id']}, handed in {in_words(submission['submitted_at'])}"
    yield table(caption, head, rows)
    if len(attacks) > MOST_ROWS:
        address = f"/v1/games/{board['game']}/scoreboard"
        more = counted(len(attacks) - MOST_ROWS, "more attack")
        yield paragraph(spaced(more, link(address, "in the scoreboard for programs.")))
    yield paragraph(epsilon_of(primary))
    yield from map(paragraph, worst_case(primary))
    yield from map(paragraph, truth_told(submission))


def row(attack: Found, submission: Found) -> list[object]:
    name, *more = described(attack, submission)
    auc, *rates = [rate_in(attack, path) for path in COLUMNS.values()]
    return [
        with_interval(name, ", ".join(more).replace(",,", ",")),
        estimate(auc),
        advantage(attack["balanced_accuracy"]),
        with_counts(attack["accuracy"]),
        *map(with_counts, rates),
    ]


def with_counts(found: Found, unit: str = "") -> Html:
    told = rate(found, unit)
    return with_interval(told, f"{found['count']:,} of {found['of']:,}") if counted_in(found) else told


def counted_in(found: Found) -> bool:
    return found["value"] is not None and found.get("of") is not None


def advantage(balanced_accuracy: Found, unit: str = "") -> Html:
    """TPR less FPR."""
    ends = ("value", "low", "high")
    value = balanced_accuracy["value"]
    return (
        joined(DASH) if value is None else rate({end: 2 * balanced_accuracy[end] - 1 for end in ends}, unit)
    )


def pictures(board: Found, drawn: Curves) -> Html:
    """Of the attacks named in advance; of many, those with the highest AUC."""
    submissions = [one for one in board["submissions"] if one["id"] in drawn]
    best = sorted(submissions, key=lambda one: -one["attacks"][0]["auc"]["value"])[:MOST_CURVES]
    picture = curves(
        [drawn[one["id"]] for one in best], across="false positive rate", up="true positive rate"
    )
    names = legend([f"{one['primary']} of {one['id']}" for one in best])
    caption = "The attacks named in advance, on logarithmic axes. The dotted line is guessing."
    left = len(submissions) - len(best)
    if left:
        caption += f" {counted(left, 'submission')} with a lower AUC: see the scoreboard."
    return section("ROC", figure(joined(picture, names), caption), name="roc")


def soundness(board: Found) -> Html:
    """The game itself, whoever played."""
    accuracy = board["target"]
    pairs: list[tuple[object, object]] = [
        ("right on training records", with_counts(accuracy["train_accuracy"], " %")),
        ("right on others", with_counts(accuracy["test_accuracy"], " %")),
    ]
    if board["submissions"]:
        gap = board["submissions"][0]["attacks"][0]["gap"]["balanced_accuracy"]
        pairs.append(("advantage of the gap attack", advantage(gap, " %")))
    blind = board["controls"]["blind_baseline"]
    if blind is not None:
        pairs.append(("AUC of a blind classifier", estimate(blind["auc"])))
    said = [heading(board), *findings(board["controls"])]
    meant = "The gap attack is the trivial one: it calls a member whatever the target labels rightly."
    return section("The game itself", facts(pairs), *map(paragraph, [*said, meant]), name="soundness")
