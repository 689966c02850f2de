"""The paper's attack through each cloud's facade, by that cloud's own client."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import cloud_attack
import pytest
from botocore.config import Config
from google_client import PROJECT, done, google
from live import Customer

PAPERS = {"sgd.maxPasses": "100", "sgd.l2RegularizationAmount": "1e-4"}
QUICK = {"Delay": 1, "MaxAttempts": 120}


class GoogleClient(cloud_attack.Client):
    """Records go into the request for a training."""

    def __init__(self, models: Any) -> None:
        self.models, self.inserted = models, 0

    def train(self, table: Any) -> str:
        self.inserted += 1
        name = f"g-{time.time_ns()}-{self.inserted}"
        learned = [{"output": str(row[0]), "csvInstance": row[1:].tolist()} for row in table]
        self.models.insert(project=PROJECT, body={"id": name, "trainingInstances": learned}).execute()
        return name

    def wait(self, models: list[str]) -> None:
        for model in models:
            assert done(self.models, model)["trainingStatus"] == "DONE"

    def scores(self, model: str, record: Any) -> dict[str, float]:
        asked = {"input": {"csvInstance": record.tolist()}}
        answer = self.models.predict(project=PROJECT, id=model, body=asked).execute()
        return {one["label"]: float(one["score"]) for one in answer["outputMulti"]}


class AmazonClient(cloud_attack.Client):
    """An upload to the provider stands for what a customer had put into Amazon's storage."""

    def __init__(self, customer: Customer, client: Any) -> None:
        self.customer, self.client = customer, client
        self.urls: dict[str, str] = {}

    def train(self, table: Any) -> str:
        dataset = str(self.customer.upload(table).raise_for_status().json()["id"])
        spec = {"DataLocationS3": f"s3://mlaas/{dataset}"}
        self.client.create_data_source_from_s3(DataSourceId=dataset, DataSpec=spec, ComputeStatistics=True)
        self.client.create_ml_model(
            MLModelId=f"{dataset}-m",
            MLModelType="MULTICLASS",
            TrainingDataSourceId=dataset,
            Parameters=PAPERS,
        )
        return f"{dataset}-m"

    def wait(self, models: list[str]) -> None:
        self.client.get_waiter("ml_model_available").wait(WaiterConfig=QUICK)

    def scores(self, model: str, record: Any) -> dict[str, float]:
        if model not in self.urls:
            made = self.client.create_realtime_endpoint(MLModelId=model)
            self.urls[model] = made["RealtimeEndpointInfo"]["EndpointUrl"]
        named = {f"f{place}": str(value) for place, value in enumerate(record)}
        answer = self.client.predict(MLModelId=model, PredictEndpoint=self.urls[model], Record=named)
        found: dict[str, float] = answer["Prediction"]["predictedScores"]
        return found


@pytest.fixture
def accounts(provider_url: str) -> Iterator[tuple[Customer, Customer]]:
    with Customer(provider_url) as victim, Customer(provider_url) as attacker:
        yield victim, attacker


def test_by_googles_client(provider_url: str, accounts: tuple[Customer, Customer], tmp_path: Path) -> None:
    victim, attacker = accounts
    with google(provider_url, victim.key) as theirs, google(provider_url, attacker.key) as ours:
        played = cloud_attack.played(victim, attacker, GoogleClient(theirs), GoogleClient(ours))
    cloud_attack.check(played, tmp_path)


def test_by_amazons_client(provider_url: str, accounts: tuple[Customer, Customer], tmp_path: Path) -> None:
    clients = [
        boto3.client(
            "machinelearning",
            endpoint_url=f"{provider_url}/amazonml",
            region_name="us-east-1",
            aws_access_key_id=account.key,
            aws_secret_access_key="not looked at",
            config=Config(retries={"total_max_attempts": 3, "mode": "standard"}),
        )
        for account in accounts
    ]
    theirs, ours = map(AmazonClient, accounts, clients)
    try:
        played = cloud_attack.played(*accounts, theirs, ours)
    finally:
        for client in clients:
            client.close()
    cloud_attack.check(played, tmp_path)
