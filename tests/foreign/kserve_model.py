"""The same forest behind KServe's model server, in both of its protocols: `kserve_model.py FOLDER PORT`."""

import sys
from pathlib import Path

import joblib
from kserve import InferOutput, InferRequest, InferResponse, Model, ModelServer


class Forest(Model):
    def __init__(self, file):
        super().__init__("forest")
        self.forest, self.ready = joblib.load(file), True

    def predict(self, payload, headers=None, response_headers=None):
        if not isinstance(payload, InferRequest):
            return {"predictions": self.forest.predict_proba(payload["instances"]).tolist()}
        answer = self.forest.predict_proba(payload.inputs[0].as_numpy())
        output = InferOutput("probabilities", list(answer.shape), "FP64")
        output.set_data_from_numpy(answer, binary_data=bool(payload.use_binary_outputs))
        return InferResponse(payload.id, self.name, [output])


if __name__ == "__main__":
    folder, port = Path(sys.argv[1]), int(sys.argv[2])
    server = ModelServer(http_port=port, enable_grpc=False, workers=1)
    server.start([Forest(folder / "models" / "model.joblib")])
