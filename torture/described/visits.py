"""Requests that a service would grant to whoever may make them, one for every route."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from numpy.random import Generator

from services.web.bodies import NPY, encode_npy
from torture.customers.asking import FEATURES, two_clusters
from torture.described.permissions import GOOGLE

Request = dict[str, Any]
ALWAYS = {"version": "1", "project": "p"}  # what stands in paths beside ids


@dataclass(frozen=True)
class Things:
    """Ids of what its owner has, by the names that paths give them; `random` draws what is new each time."""

    ids: Mapping[str, str]
    random: Generator

    def records(self) -> Request:
        table = encode_npy(two_clusters(40, self.random))
        return {"content": table, "headers": {"Content-Type": NPY}}

    def instances(self) -> Request:
        return {"json": {"instances": [[0.0] * FEATURES]}}

    def tensor(self) -> Request:
        tensor = {"name": "records", "shape": [1, FEATURES], "datatype": "FP64", "data": [0.0] * FEATURES}
        return {"json": {"inputs": [tensor]}}

    def insertion(self) -> Request:
        return {"json": {"id": self.inserted, "storageDataLocation": self.ids["learned_id"]}}

    @property
    def inserted(self) -> str:
        """A model that is made on the way, to be deleted: the others are asked."""
        return f"{self.ids['learned_id']}-inserted"

    def declaration(self) -> Request:
        return {"json": {"features": [{"name": f"p{number}"} for number in range(FEATURES)]}}

    def training(self) -> Request:
        return {"json": {"dataset_id": self.ids["learned_id"], "profile": "tiny"}}

    def amazon(self, operation: str) -> Request:
        """Data source and model are made on the way; what is asked of a model is asked of an older one."""
        learned = self.ids["learned_id"]
        source, made, model = f"{learned}-source", f"{learned}-model", self.ids["model_id"]
        sent: Mapping[str, Any] = {
            "CreateDataSourceFromS3": {
                "DataSourceId": source,
                "DataSpec": {"DataLocationS3": f"s3://mlaas/{learned}"},
                "ComputeStatistics": True,
            },
            "GetDataSource": {"DataSourceId": source},
            "DeleteDataSource": {"DataSourceId": source},
            "CreateMLModel": {
                "MLModelId": made,
                "MLModelType": "MULTICLASS",
                "TrainingDataSourceId": source,
            },
            "DeleteMLModel": {"MLModelId": made},
            "DescribeDataSources": {},
            "DescribeMLModels": {},
            "Predict": {
                "MLModelId": model,
                "PredictEndpoint": "",
                "Record": {f"f{place}": "0" for place in range(FEATURES)},
            },
        }
        return {
            "json": sent.get(operation, {"MLModelId": model}),
            "headers": {"X-Amz-Target": f"AmazonML_20141212.{operation}"},
        }

    def twin(self) -> Request:
        return {"json": {"twin_of": self.ids["game_id"], "profile": "tiny_top_1"}}

    def submission(self) -> Request:
        scores = self.random.normal(size=(1, int(self.ids["candidates"])))
        attack = {"name": "gap", "scores": scores.tolist(), "decisions": (scores > 0).tolist()}
        return {"json": {"attacks": [attack], "primary": "gap"}}

    def named_in(self, text: str) -> list[str]:
        """The names of those whose ids are in a text."""
        return [name for name, one in self.ids.items() if name.endswith("_id") and one in text]

    def request(self, route: str) -> Request:
        method, _, path = route.partition(" ")
        path, _, operation = path.partition("#")
        if operation:
            body = self.amazon(operation.partition("/")[0])
        else:
            body = BODIES[route](self) if route in BODIES else {}
        own = {"model_id": self.inserted} if route == f"DELETE {GOOGLE}/{{model_id}}" else {}
        return {"method": method, "url": path.format(**{**ALWAYS, **self.ids, **own}), **body}


BODIES: Mapping[str, Callable[[Things], Request]] = {
    "POST /v1/keys": lambda _: {"json": {"scope": "predict"}},
    "POST /v1/datasets": Things.records,
    "PATCH /v1/datasets/{dataset_id}": Things.declaration,
    "POST /v1/models": Things.training,
    "PATCH /v1/models/{model_id}": lambda things: {"json": {"visibility": things.ids["visibility"]}},
    "POST /v1/models/{model_id}/predict": Things.instances,
    "POST /v2/models/{model_id}/infer": Things.tensor,
    "POST /v2/models/{model_id}/versions/{version}/infer": Things.tensor,
    f"POST {GOOGLE}": Things.insertion,
    f"POST {GOOGLE}/{{model_id}}/predict": lambda _: {"json": {"input": {"csvInstance": [0.0] * FEATURES}}},
    "POST /sign-in": lambda _: {"data": {"key": "ak_a-nobody.no-such-secret"}},
    "POST /v1/uploads": Things.records,
    "POST /v1/games": Things.twin,
    "POST /v1/games/{game_id}/submissions": Things.submission,
}
