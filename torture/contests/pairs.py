"""Games in pairs that were asked for alike, by two owners, at one challenger; and who is a member in them."""

import hashlib
from pathlib import Path

import httpx
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from services.challenger.dataset import load
from services.challenger.files import GameFiles
from services.challenger.files import load as load_table
from services.challenger.games.rules import overlapping
from services.challenger.knowledge import made_known
from services.challenger.split import Draw, distinct_rows
from torture.contests.exchange import Exchanged
from torture.contests.sight import Document, Sight, Told, content, timed
from torture.parties import Party
from torture.wire.line import Line

DATASET, MEMBERS = "digits", 200
GAMES: tuple[Document, ...] = (
    {"knowledge": {"kind": "noisy", "mode": "replace"}, "inclusion": "coin", "canaries": 21, "targets": 2},
    {"overlap": 0.05, "canaries": 20},
    {"knowledge": {"kind": "partial", "share": 0.2}},
    {"knowledge": {"kind": "marginals"}, "targets": 3},
    {"knowledge": {"kind": "shifted"}},
    {"knowledge": {"kind": "format"}},
)
PROFILES = ("overfitted", "tiny", "overfitted_labels")
PARTS = ("", "/candidates", "/knowledge")
PREPARED_S = 120
CLOSED_S = 120


class Pairs:
    """A hand on the challenger, open for the block, and an eye on its folder, which no attacker has."""

    def __init__(self, challenger: Party, provider: str, datasets: Path) -> None:
        self.folder, self.url, self.provider = challenger.data, challenger.url, provider
        self.client = httpx.Client(base_url=challenger.url, timeout=PREPARED_S)
        self.datasets = datasets
        self.line = Line(challenger.url)
        self.keys: dict[str, str] = {}

    def __enter__(self) -> "Pairs":
        return self

    def __exit__(self, *raised: object) -> None:
        self.client.close()
        self.line.connection.close()

    def asked(self, number: int) -> Document:
        of_all = {"dataset": DATASET, "members": MEMBERS, "seed": number}
        return (
            of_all | {"profile": PROFILES[number // len(GAMES) % len(PROFILES)]} | GAMES[number % len(GAMES)]
        )

    def create(self, number: int) -> str:
        """The id of a game; the second with the same number is another owner's."""
        answer = self.client.post("/v1/games", json=self.asked(number))
        if answer.status_code != 202:
            raise RuntimeError(f"a game was refused: {answer.text[:500]}")
        made = answer.json()
        self.keys[made["id"]] = made["owner_key"]
        return str(made["id"])

    def sight(self, game_id: str, number: int, ordinal: int, rounds: int, random: Generator) -> Sight:
        """What is told of an open game, its target asked about all candidates so many times."""
        self.client.get(f"/v1/games/{game_id}", headers={"Prefer": f"wait={PREPARED_S}"})
        answers = [self.client.get(f"/v1/games/{game_id}{part}").raise_for_status() for part in PARTS]
        game, candidates, knowledge = map(content, answers)
        models = [target["model_id"] for target in game["targets"]]
        requests = [answer.headers["x-request-id"] for answer in answers]
        return Sight(
            game,
            candidates,
            knowledge,
            ids=" ".join([game_id, *models, *requests]),
            draw=self.draw(number, ordinal),
            world=load(DATASET, self.datasets).features,
            seconds=timed(self.provider, models[0], candidates, rounds, random) if rounds else None,
        )

    def draw(self, number: int, ordinal: int) -> Draw:
        """What everybody may know that a split depends on, besides the secret."""
        asked = self.asked(number)
        rule = asked.get("knowledge", {"kind": "population"})
        names = {"targets": 1, "null": False, "inclusion": "half", "canaries": 0}
        given = {name: asked.get(name, default) for name, default in names.items()}
        known = made_known(rule, MEMBERS)
        draw = Draw(DATASET, MEMBERS, seed=str(number), ordinal=ordinal, known=known, **given)
        if not asked.get("overlap"):
            return draw
        records = len(distinct_rows(load(DATASET, self.datasets).features))
        return Draw(**vars(draw) | {"known": overlapping(draw, asked["overlap"], records)})

    def member(self, game_id: str) -> NDArray[np.bool_]:
        """(N,): who is a member of the first target, from the challenger's own files."""
        found: NDArray[np.bool_] = load_table(GameFiles(self.folder / "games" / game_id).membership)[0]
        return found

    def close(self, game_id: str) -> Told:
        """What everybody is told when its owner closes it."""
        headers = {"Authorization": f"Bearer {self.keys[game_id]}"}
        self.client.post(f"/v1/games/{game_id}/close", headers=headers, timeout=CLOSED_S).raise_for_status()
        candidates, membership = (
            content(self.client.get(f"/v1/games/{game_id}/{part}").raise_for_status())
            for part in ("candidates", "membership")
        )
        return Told(candidates, membership[0])

    def digest(self, game_id: str) -> str:
        """Of all that is told of the game."""
        paths = [*(f"/v1/games/{game_id}{part}" for part in PARTS), f"/games/{game_id}"]
        answers = [self.client.get(path) for path in paths]
        return hashlib.sha256(b"".join(answer.content for answer in answers)).hexdigest()

    def exchanged(self, game_id: str) -> Exchanged:
        return Exchanged(self.folder, self.line, game_id)
