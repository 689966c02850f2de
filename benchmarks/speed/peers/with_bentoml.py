"""The model served by BentoML, one worker: MODEL=model.npz bentoml serve with_bentoml:Predictions"""

import os

import bentoml
import torch
from model import network


@bentoml.service(workers=1)
class Predictions:
    def __init__(self) -> None:
        self.model = network(os.environ["MODEL"])

    @bentoml.api(route="/predict")
    def predict(self, instances: list[list[float]]) -> dict[str, list[list[float]]]:
        with torch.inference_mode():
            return {"predictions": self.model(torch.tensor(instances)).tolist()}
