"""The model served by LitServe, one worker: python with_litserve.py MODEL.npz PORT"""

import sys
from typing import Any

import litserve
import torch
from model import network


class Predictions(litserve.LitAPI):  # type: ignore[misc]
    def setup(self, device: str) -> None:
        self.model = network(sys.argv[1])

    def decode_request(self, request):  # type: ignore[no-untyped-def]  # it takes a type for a parameter
        return torch.tensor(request["instances"], dtype=torch.float32)

    def predict(self, x: torch.Tensor) -> torch.Tensor:
        with torch.inference_mode():
            return self.model(x)

    def encode_response(self, output: torch.Tensor) -> Any:
        return {"predictions": output.tolist()}


if __name__ == "__main__":
    server = litserve.LitServer(Predictions(), accelerator="cpu", devices=1, workers_per_device=1)
    server.run(host="127.0.0.1", port=int(sys.argv[2]), generate_client_file=False, log_level="warning")
