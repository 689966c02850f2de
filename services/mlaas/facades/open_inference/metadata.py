"""What the protocol's documents tell of the service and of a model: the same of every kind of model."""

from typing import Any

import orjson

from services.mlaas.models.tables import Model

VERSION = "1"  # of the service and, as a model never changes, of each
INPUT, OUTPUT = "records", "predict_proba"
SERVER = {"name": "mlaas", "version": VERSION, "extensions": ["binary_tensor_data"]}


def of_model(model: Model) -> dict[str, Any]:
    """A parameter is a text, a number or a truth, so the names of the classes are a list in JSON."""
    classes = orjson.dumps(model.classes).decode()
    return {
        "name": model.id,
        "versions": [VERSION],
        "platform": "mlaas_blackbox",
        "inputs": [{"name": INPUT, "datatype": "FP64", "shape": [-1, model.features]}],
        "outputs": [
            {
                "name": OUTPUT,
                "datatype": "FP32",
                "shape": [-1, len(model.classes)],
                "parameters": {"classes": classes},
            }
        ],
    }
