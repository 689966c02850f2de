"""The rules of a game in sentences, from the document that attackers are given and from nothing else."""

from collections import Counter
from collections.abc import Iterator

from attacker.report.markup import Html, joined
from attacker.report.page import facts, paragraph, section
from attacker.report.words import listed
from services.challenger.games.schemas import GameDocument
from services.challenger.pages.words import counted
from services.web.pages import link, sentences, spaced

KNOWLEDGE = {
    "population": "The attacker is given the population: real records, none of them a candidate.",
    "noisy": "The attacker is given the population with {rate:g} of the features of every record changed "
    "({mode}).",
    "shifted": "The attacker is given real records, none of them a candidate, whose classes are not as "
    "frequent as the target's (strength {strength:g}).",
    "marginals": "The attacker is given how each feature is distributed in the population, by itself.",
    "format": "The attacker is given the format of the records, and nothing of the records.",
    "partial": "The attacker is given some members and as many non-members ({share:g} of the members); none "
    "of them is a candidate.",
}
ACCESS = {
    "disjoint": "No shadow model may learn a candidate.",
    "adaptive": "Shadow models may learn candidates, as a real attacker's may.",
}
INCLUSION = {
    "half": "Half of the candidates are members of each target.",
    "coin": "A coin decides for each candidate, and for each target anew, whether it is a member.",
}


def rules_section(game: GameDocument) -> Html:
    return section("Rules", sentences(*rules_of(game)), name="rules")


def rules_of(game: GameDocument) -> Iterator[object]:
    rules = game.rules
    yield (
        f"The attacker is handed {game.candidates:,} records of {game.dataset}, the candidates, and says of "
        "each whether the target was trained on it."
    )
    yield training(game)
    yield INCLUSION[rules.inclusion]
    yield KNOWLEDGE[rules.knowledge.kind].format(**rules.knowledge.model_dump())
    if rules.overlap:
        yield f"Of the population {100 * rules.overlap:g} % are members of the target, unmarked."
    yield ACCESS[rules.access]
    if rules.canaries:
        yield f"{counted(rules.canaries, 'candidate')} bear a wrong label: canaries."
    if game.twin_of:
        base = link(f"/games/{game.twin_of}", game.twin_of)
        yield spaced("It is a twin of", joined(base, ": the same records, and the same truth."))
    yield (
        f"At most {counted(rules.max_submissions, 'submission')} are taken. One may carry many attacks; the "
        "one to be judged is named in advance."
    )


def training(game: GameDocument) -> str:
    if (target := game.deployed) is not None:
        return (
            f"The target is the model {target.model} at {target.url}, asked in the dialect {target.dialect}, "
            f"where its owner has deployed it. The profile {game.profile}, for shadow models, is a guess."
        )
    options = listed([f"{name} {value:g}" for name, value in game.options.items()])
    chosen = f"{game.profile} with {options}" if game.options else game.profile
    return f"Each target is trained under the profile {chosen}. Nothing else is told of how."


def format_section(game: GameDocument) -> Html:
    kinds = Counter(feature.kind for feature in game.features)
    told: list[tuple[object, object]] = [
        ("classes", f"{len(game.classes):,}"),
        ("features", listed([f"{count:,} {kind}" for kind, count in kinds.items()])),
    ]
    if game.shape:
        told.append(("shape", " x ".join(map(str, game.shape))))
    where = paragraph("The label stands in column 0, the features after it.")
    return section("Records", facts(told), where, name="records")
