"""The protocol's routes. It names models, and ours are named by their ids."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse
from starlette.responses import Response
from starlette.types import Scope

from services.mlaas import facade
from services.mlaas.dependencies import PartsDep
from services.mlaas.errors import ModelNotReady
from services.mlaas.facades.open_inference import metadata
from services.mlaas.facades.open_inference.asked import OpenInferenceAsked
from services.mlaas.models.service import visible
from services.mlaas.models.tables import Model, State
from services.mlaas.offer.endpoints import is_ready
from services.mlaas.predictions.direct import Door, Manner
from services.web.problem import NotFound, Problem


def refuse(scope: Scope, problem: Problem) -> Response:
    return JSONResponse({"error": problem.detail}, problem.status, problem.headers)


MANNER = Manner(OpenInferenceAsked.of, refuse)
DOORS = [
    Door(f"/v2/models/{{model_id}}{version}/infer", MANNER)
    for version in ("", f"/versions/{metadata.VERSION}")
]
router = APIRouter(prefix="/v2", include_in_schema=False, route_class=facade.answering(refuse))
MODEL = "/models/{model_id}"
THIS_VERSION = f"{MODEL}/versions/{{version}}"


async def model_id(request: Request) -> str:
    """Raises NotFound for another version than the only one."""
    if request.path_params.get("version", metadata.VERSION) != metadata.VERSION:
        raise NotFound(f"A model has version {metadata.VERSION} alone; name that, or none.")
    return str(request.path_params["model_id"])


ModelId = Annotated[str, Depends(model_id)]


def usable(request: Request, model_id: ModelId, parts: PartsDep) -> Model:
    """A model that whoever asks may use; raises Unauthenticated and NotFound."""
    account = facade.asker_of(request).account
    with parts.database.read() as session:
        return visible(session, account, model_id)


Usable = Annotated[Model, Depends(usable)]


@router.get("")
async def describe_server() -> dict[str, Any]:
    return metadata.SERVER


@router.get("/health/live")
async def is_live() -> dict[str, bool]:
    return {"live": True}


@router.get("/health/ready")
def server_is_ready(parts: PartsDep) -> dict[str, bool]:
    is_ready(parts)
    return {"ready": True}


@router.get(MODEL)
@router.get(THIS_VERSION)
async def describe_model(model: Usable) -> dict[str, Any]:
    return metadata.of_model(model)


@router.get(f"{MODEL}/ready")
@router.get(f"{THIS_VERSION}/ready")
async def model_is_ready(model: Usable) -> dict[str, Any]:
    if model.state != State.READY:
        raise ModelNotReady(f"The model is {model.state}; GET /v1/models/{{id}} tells when it is ready.")
    return {"name": model.id, "ready": True}


@router.post(f"{MODEL}/infer")
@router.post(f"{THIS_VERSION}/infer")
async def infer(model_id: ModelId) -> Response:
    return facade.Predicted(MANNER, model_id)
