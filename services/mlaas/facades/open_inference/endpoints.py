"""What of the protocol is here: metadata, health, and inference. Models are those of our own API."""

from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.responses import JSONResponse
from starlette.types import Scope

from services.mlaas.facade import Predicted, answering, asker_of
from services.mlaas.facades.open_inference.asked import OUTPUT, VERSION, OpenInferenceAsked
from services.mlaas.facades.open_inference.tensors import DATATYPE
from services.mlaas.models.service import visible
from services.mlaas.models.tables import Model, State
from services.mlaas.predictions.direct import Door, Manner
from services.web.application import check_writable
from services.web.problem import NotFound, Problem

PLATFORM = "mlaas"  # of every model the same


def refuse(scope: Scope, problem: Problem) -> Response:
    return JSONResponse({"error": problem.detail}, problem.status, problem.headers)


MANNER = Manner(OpenInferenceAsked.of, refuse)
DOORS = [Door(f"/v2/models/{{model_id}}{version}/infer", MANNER) for version in ("", f"/versions/{VERSION}")]
router = APIRouter(prefix="/v2", route_class=answering(refuse), include_in_schema=False)


@router.get("")
def describe_server() -> dict[str, Any]:
    return {"name": "mlaas", "version": VERSION, "extensions": ["binary_tensor_data"]}


@router.get("/health/live")
def is_live() -> dict[str, bool]:
    return {"live": True}


@router.get("/health/ready")
def is_ready(request: Request) -> dict[str, bool]:
    check_writable(request.app.state.parts.database)
    return {"ready": True}


@router.get("/models/{model_id}")
@router.get("/models/{model_id}/versions/{version}")
def describe_model(request: Request, model_id: str, version: str = VERSION) -> dict[str, Any]:
    """Nothing that tells one model from another but its format; `parameters` has the classes."""
    model = found(request, model_id, version)
    return {
        "name": model.id,
        "versions": [VERSION],
        "platform": PLATFORM,
        "inputs": [{"name": "records", "datatype": DATATYPE, "shape": [-1, model.features]}],
        "outputs": [{"name": OUTPUT, "datatype": "FP32", "shape": [-1, len(model.classes)]}],
        "parameters": {"classes": model.classes},
    }


@router.get("/models/{model_id}/ready")
@router.get("/models/{model_id}/versions/{version}/ready")
def is_model_ready(request: Request, model_id: str, version: str = VERSION) -> Response:
    """The status says it; what is in the body differs between servers."""
    ready = found(request, model_id, version).state == State.READY
    return JSONResponse({"name": model_id, "ready": ready}, 200 if ready else 400)


@router.post("/models/{model_id}/infer")
@router.post("/models/{model_id}/versions/{version}/infer")
async def infer(model_id: str, version: str = VERSION) -> Response:
    check_version(version)
    return Predicted(MANNER, model_id)


def found(request: Request, model_id: str, version: str) -> Model:
    """Raises Unauthenticated and NotFound."""
    asker = asker_of(request)
    check_version(version)
    with request.app.state.parts.database.read() as session:
        return visible(session, asker.account, model_id)


def check_version(version: str) -> None:
    """Raises NotFound."""
    if version != VERSION:
        raise NotFound(f"A model here has one version, {VERSION}.")
