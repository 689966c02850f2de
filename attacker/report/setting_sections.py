"""What a run's result is to be read with: the paper's numbers, the game's rules, the run's configuration."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from attacker.paper import stood_for
from attacker.reading import SAID
from attacker.report.markup import Html
from attacker.report.metrics import HEADINGS
from attacker.report.page import paragraph, table, with_interval
from attacker.report.words import DASH, estimate, listed

COUNTED = ("features", "classes", "targets")  # of a game, that a page does not list

Document = Mapping[str, Any]


def beside_paper(document: Document) -> Iterator[Html]:
    """Ours beside the paper's, and where those are from."""
    numbers = document["report"]["paper"]
    if not numbers:
        yield paragraph("The paper has no number for a game like this one.")
        return
    rows = [
        [
            with_interval(HEADINGS[one["metric"]], f"{one['experiment']}: {one['label']}"),
            f"{one['value']:.3f}",
            estimate(one["ours"]),
            DASH if one["ours"]["value"] is None else f"{one['ours']['value'] - one['value']:+.3f}",
        ]
        for one in numbers
    ]
    yield table("The paper's numbers and this run's.", ["", "paper", "this run", "difference"], rows)
    sources = sorted({f"{one['source']} ({one['members']:,} members)" for one in numbers})
    size = f"{document['game']['members']:,} members, {document['shadows']['ready']} shadow models"
    yield paragraph(f"The paper's are from {listed(sources)}. This run: {size}.")
    played = str(document["game"].get("dataset"))
    if (original := stood_for(played)) != played:
        yield paragraph(f"{played} is not the paper's data: it was made in place of {original}.")


def game(document: Document) -> Iterator[Html]:
    """What was played by which rules, whether the controls hold, and what did not go well."""
    found = document["game"]
    yield from map(paragraph, elsewhere(document.get("deployed")))
    if found is None:
        yield paragraph("There was no game: a model of a service was audited, without a challenger.")
    else:
        plain = {name: value for name, value in found.items() if name not in ("state", "rules", *COUNTED)}
        counts = {name: len(found[name]) for name in COUNTED if name in found}
        rules = {f"rule: {name}": value for name, value in found.get("rules", {}).items()}
        yield settings("What was played, and by which rules.", plain | counts | rules)
    for name, control in (document["controls"] or {}).items():
        if control is not None and "holds" in control:
            holds = "it holds" if control["holds"] else "IT FAILS, the figures above cannot be trusted"
            yield paragraph(f"Control, {name.replace('_', ' ')}: {holds}.")
    if synthesis := document["synthesis"]:
        cost = f"{synthesis['records']:,} records for {synthesis['queries']:,} queries"
        yield paragraph(f"Shadow data by {synthesis['name']}: {cost}.")
    for failed in document["shadows"]["failed"]:
        yield paragraph(f"Shadow model {failed['model']} is missing: {failed['error']}")


def elsewhere(deployed: Mapping[str, Any] | None) -> Iterator[str]:
    """Where the target is deployed, and what is a guess."""
    if deployed is None:
        return
    yield (
        f"The target is the model {deployed['model']} at {deployed['url']}, asked in the dialect "
        f"{deployed['dialect']}; it answers {SAID[deployed['answers']]}."
    )
    yield (
        "How it was trained is not known. Its shadow models were trained under the profile "
        f"{deployed['profile']} at {deployed['shadows_at']}: a guess. Where it is wrong, the scores fit the "
        "target less, and the attacks find less than those of an attacker who guesses better: attack models, "
        "which learn from the shadows what a member looks like, lose most, and rmia least. Try other "
        "profiles by --shadow-profile."
    )


def configuration(document: Document) -> Iterator[Html]:
    """What the user decided and what each attack was set to, defaults included; what it ran on."""
    decided = document["configuration"] | {"seed": document["seed"]}
    yield settings("The run's settings; what was left to the program is null.", decided)
    rows = [[one["name"], written(one["parameters"])] for one in document["attacks"]]
    yield table("Each attack's settings, defaults included.", ["attack", "settings"], rows, kind="words")
    yield settings("Versions.", document["versions"])


def settings(caption: str, values: Mapping[str, Any]) -> Html:
    rows = [[name.replace("_", " "), written(value)] for name, value in values.items()]
    return table(caption, ["", "value"], rows, kind="words")


def written(value: object) -> str:
    """A setting in one line, as JSON without its quotes and outer brackets."""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False).replace('"', "").strip("{}[]") or "none"
