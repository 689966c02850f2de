"""The paper's attack on Amazon, as its authors had to make it: by Amazon's own client, a record at a time.

A victim's model, shadow models that the same service trains for the attacker, and our attacks on the answers.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import numpy as np
import pytest
from botocore.config import Config
from command_line import typed
from live import Customer

from attacker.cli import main

MEMBERS, FEATURES, CLASSES, SHADOWS = 100, 60, 8, 8
PAPERS = {"sgd.maxPasses": "100", "sgd.l2RegularizationAmount": "1e-4"}
QUICK = {"Delay": 1, "MaxAttempts": 120}
ATTACKS = ("shokri", "loss_threshold", "gap")


def amazon(url: str, key: str) -> Any:
    return boto3.client(
        "machinelearning",
        endpoint_url=f"{url}/amazonml",
        region_name="us-east-1",
        aws_access_key_id=key,
        aws_secret_access_key="not looked at",
        config=Config(retries={"total_max_attempts": 3, "mode": "standard"}),
    )


def drawn(rows: int) -> Any:
    """Labelled records (N, 1 + D) that are learned by heart more easily than understood."""
    random = np.random.default_rng(5)
    records = random.integers(0, 2, (rows, FEATURES))
    scores = records @ random.normal(size=(FEATURES, CLASSES)) + random.normal(0, 4, (rows, CLASSES))
    return np.column_stack([scores.argmax(axis=1), records]).astype("u1")


def train(customer: Customer, client: Any, table: Any) -> str:
    """The dataset stands for what the customer had put into Amazon's storage."""
    dataset = customer.upload(table).raise_for_status().json()["id"]
    spec = {"DataLocationS3": f"s3://mlaas/{dataset}"}
    client.create_data_source_from_s3(DataSourceId=dataset, DataSpec=spec, ComputeStatistics=True)
    client.create_ml_model(
        MLModelId=f"{dataset}-m",
        MLModelType="MULTICLASS",
        TrainingDataSourceId=dataset,
        Parameters=PAPERS,
    )
    return f"{dataset}-m"


def asked(client: Any, model: str, records: Any) -> Any:
    """Probabilities (N, K) float32, the records asked one by one; a class that the model lacks has 0."""
    url = client.create_realtime_endpoint(MLModelId=model)["RealtimeEndpointInfo"]["EndpointUrl"]
    answers = np.zeros((len(records), CLASSES), np.float32)
    for row, record in enumerate(records):
        named = {f"f{place}": str(value) for place, value in enumerate(record)}
        answer = client.predict(MLModelId=model, PredictEndpoint=url, Record=named)
        for label, score in answer["Prediction"]["predictedScores"].items():
            answers[row, int(label)] = score
    return answers


def natively(customer: Customer, model: str, records: Any) -> Any:
    """The same, all records at once."""
    answer = customer.post(f"/v1/models/{model}/predict", json={"instances": records.tolist()}).json()
    answers = np.zeros((len(records), CLASSES), np.float32)
    answers[:, [int(label) for label in answer["classes"]]] = answer["predictions"]
    return answers


@pytest.fixture(scope="module")
def played(provider_url: str) -> Iterator[SimpleNamespace]:
    """Everything that the attacker has in the end, and who was a member."""
    table = drawn(4 * MEMBERS)
    candidates, known = table[: 2 * MEMBERS], table[2 * MEMBERS :]
    random = np.random.default_rng(6)
    half = np.zeros(2 * MEMBERS, bool)
    half[:MEMBERS] = True
    membership = np.stack([random.permutation(half) for _ in range(SHADOWS)])
    with Customer(provider_url) as victim, Customer(provider_url) as attacker:
        theirs, ours = amazon(provider_url, victim.key), amazon(provider_url, attacker.key)
        target = train(victim, theirs, candidates[half])
        shadows = [train(attacker, ours, known[rows]) for rows in membership]
        for client in (theirs, ours):
            client.get_waiter("ml_model_available").wait(WaiterConfig=QUICK)
        victim.patch(f"/v1/models/{target}", json={"visibility": "public"}).raise_for_status()
        models, records = [target, *shadows], table[:, 1:]
        through_amazon = np.stack([asked(ours, model, records) for model in models])
        usage = {model: attacker.usage(model) for model in models}
        native = np.stack([natively(attacker, model, records) for model in models])
        yield SimpleNamespace(
            labels=table[:, 0],
            truth=half,
            membership=membership,
            amazon=through_amazon,
            native=native,
            usage=usage,
        )
        theirs.close()
        ours.close()


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


def test_every_record_is_answered_as_by_the_native_api(played: SimpleNamespace) -> None:
    assert (played.amazon == played.native).all()


def test_every_record_asked_is_charged_once(played: SimpleNamespace) -> None:
    counts = {(used["requests"], used["records"]) for used in played.usage.values()}
    assert counts == {(4 * MEMBERS, 4 * MEMBERS)}
    assert len(played.usage) == 1 + SHADOWS


def test_the_members_of_the_victims_model_are_told_from_others(
    played: SimpleNamespace, tmp_path: Path
) -> None:
    found = attacked(played, played.amazon, tmp_path / "amazon")
    assert found == attacked(played, played.native, tmp_path / "native")
    for name in ATTACKS:
        assert found[name]["balanced_accuracy"]["low"] > 0.5, name
    assert found["shokri"]["auc"]["low"] > 0.6
