"""The paper's attack through a cloud's own API, by its own client, a record at a time, as its authors had to.

A victim's model, shadow models that the same service trains for the attacker, and our attacks on the answers.
"""

import json
from abc import ABC, abstractmethod
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from command_line import typed
from live import Customer

from attacker.cli import main

MEMBERS, FEATURES, CLASSES, SHADOWS = 100, 60, 8, 8
ATTACKS = ("shokri", "loss_threshold", "gap")


class Client(ABC):
    """A cloud's client in an account's name."""

    @abstractmethod
    def train(self, table: Any) -> str:
        """Have a model trained on labelled records (N, 1 + D): its id."""

    @abstractmethod
    def wait(self, models: list[str]) -> None:
        """Until all are trained."""

    @abstractmethod
    def scores(self, model: str, record: Any) -> dict[str, float]:
        """By label, of one record (D,)."""


def drawn(rows: int) -> Any:
    """Labelled records (N, 1 + D) that are learned by heart more easily than understood."""
    random = np.random.default_rng(5)
    records = random.integers(0, 2, (rows, FEATURES))
    scores = records @ random.normal(size=(FEATURES, CLASSES)) + random.normal(0, 4, (rows, CLASSES))
    return np.column_stack([scores.argmax(axis=1), records]).astype("u1")


def played(victim: Customer, attacker: Customer, theirs: Client, ours: Client) -> SimpleNamespace:
    """Everything that the attacker has in the end, and who was a member."""
    table = drawn(4 * MEMBERS)
    candidates, known = table[: 2 * MEMBERS], table[2 * MEMBERS :]
    random = np.random.default_rng(6)
    half = np.arange(2 * MEMBERS) < MEMBERS
    membership = np.stack([random.permutation(half) for _ in range(SHADOWS)])
    target = theirs.train(candidates[half])
    shadows = [ours.train(known[rows]) for rows in membership]
    theirs.wait([target])
    ours.wait(shadows)
    victim.patch(f"/v1/models/{target}", json={"visibility": "public"}).raise_for_status()
    models, records = [target, *shadows], table[:, 1:]
    through_cloud = np.stack([asked(ours, model, records) for model in models])
    usage = {model: attacker.usage(model) for model in models}
    native = np.stack([natively(attacker, model, records) for model in models])
    return SimpleNamespace(
        labels=table[:, 0], truth=half, membership=membership, cloud=through_cloud, native=native, usage=usage
    )


def asked(client: Client, model: str, records: Any) -> Any:
    """Probabilities (N, K) float32, the records asked one by one; a class that the model lacks has 0."""
    answers = np.zeros((len(records), CLASSES), np.float32)
    for row, record in enumerate(records):
        for label, score in client.scores(model, record).items():
            answers[row, int(label)] = score
    return answers


def natively(customer: Customer, model: str, records: Any) -> Any:
    """The same, all records at once."""
    answer = customer.post(f"/v1/models/{model}/predict", json={"instances": records.tolist()}).json()
    answers = np.zeros((len(records), CLASSES), np.float32)
    answers[:, [int(label) for label in answer["classes"]]] = answer["predictions"]
    return answers


def attacked(played: SimpleNamespace, answers: Any, folder: Path) -> dict[str, Any]:
    """By name, what the attacks find in answers (1 + S, N + R, K) of the target and the shadows."""
    cut = 2 * MEMBERS
    arrays = {
        "labels": played.labels[:cut],
        "target": answers[0, :cut],
        "shadows": answers[1:, :cut],
        "membership": np.column_stack([np.zeros((SHADOWS, cut), bool), played.membership]),
        "known_labels": played.labels[cut:],
        "known_target": answers[0, cut:],
        "known_shadows": answers[1:, cut:],
        "truth": played.truth,
    }
    folder.mkdir()
    np.savez(folder / "answers.npz", **arrays)
    transcript, out = folder / "transcript.npz", folder / "result"
    for command in (
        ("import", folder / "answers.npz", "--out", transcript),
        ("attacks", transcript, "--attacks", ",".join(ATTACKS), "--out", out),
    ):
        ended = typed(main, *command)
        assert ended.returncode == 0, ended.stderr
    return {one["name"]: one for one in json.loads((out / "result.json").read_text())["attacks"]}


def check(played: SimpleNamespace, folder: Path) -> None:
    """Answers, charges and what comes of the attacks."""
    assert (played.cloud == played.native).all(), "every record is answered as by our own API"
    counts = {(used["requests"], used["records"]) for used in played.usage.values()}
    assert counts == {(4 * MEMBERS, 4 * MEMBERS)}, "every record asked is charged once"
    assert len(played.usage) == 1 + SHADOWS
    found = attacked(played, played.cloud, folder / "cloud")
    assert found == attacked(played, played.native, folder / "native")
    for name in ATTACKS:  # what threshold is best differs between models of a service that chooses each anew
        assert found[name]["auc"]["low"] > 0.55, name
