"""Google's routes. A project is any name: what a key may see is its account's, whatever the project."""

import csv
import io
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from services.mlaas.datasets import service as datasets
from services.mlaas.dependencies import calling_account
from services.mlaas.facade import Predicted, answering, asker_of, key_of
from services.mlaas.facades.google_prediction import discovery
from services.mlaas.facades.google_prediction.asked import GoogleAsked
from services.mlaas.facades.google_prediction.documents import training
from services.mlaas.facades.google_prediction.refusals import NotHere, refuse
from services.mlaas.facades.google_prediction.schemas import Insert, Instance
from services.mlaas.models import repository, service
from services.mlaas.models.schemas import NewModel
from services.mlaas.predictions.direct import Manner
from services.web.paging import Page
from services.web.problem import BadData

PROFILE = "google"
BUCKET = "mlaas/"
MODELS = "/" + discovery.BASE + "{project}/trainedmodels"
router = APIRouter(route_class=answering(refuse), include_in_schema=False)


@router.get("/discovery/v1/apis/prediction/v1.6/rest")
def discover(request: Request) -> dict[str, Any]:
    return discovery.document(str(request.base_url))


@router.post(MODELS)
async def insert(request: Request, project: str, asked: Insert) -> dict[str, Any]:
    """Asked again, it is the same model; another request under its id is a conflict."""
    account = calling_account(await run_in_threadpool(asker_of, request))
    parts = request.app.state.parts
    if asked.trainingInstances is None:
        dataset_id = str(asked.storageDataLocation).removeprefix(BUCKET)
    else:
        content = as_csv(asked.trainingInstances)
        dataset, _ = await datasets.receive_content(parts, account, content, datasets.CSV, asked.id, "absent")
        dataset_id = dataset.id
    wanted = NewModel(id=asked.id, dataset_id=dataset_id, profile=PROFILE)
    model = await run_in_threadpool(service.ask_for, parts, account, wanted)
    return training(model, link(request, project, model.id), own=True)


def as_csv(instances: list[Instance]) -> bytes:
    """The label first; raises BadData for records of several lengths."""
    if len({len(one.csvInstance) for one in instances}) > 1:
        raise BadData("Every csvInstance has as many values as the others.")
    text = io.StringIO(newline="")
    csv.writer(text).writerows([one.output, *map(repr, one.csvInstance)] for one in instances)
    return text.getvalue().encode()


@router.get(MODELS + "/list")
def list_models(
    request: Request,
    project: str,
    maxResults: Annotated[int, Query(ge=1)] = 50,
    pageToken: str = "",
) -> dict[str, Any]:
    account, page = calling_account(asker_of(request)), Page(maxResults, pageToken)
    with request.app.state.parts.database.read() as session:
        found = repository.page(session, account.id, page.after, page.size)
    token = page.token(found, found[-1].id if found else "")
    items = [training(model, link(request, project, model.id), own=True) for model in found]
    return {"kind": "prediction#list", "items": items} | ({"nextPageToken": token} if token else {})


@router.get(MODELS + "/{model_id}")
def get_model(request: Request, project: str, model_id: str) -> dict[str, Any]:
    asker = asker_of(request)
    with request.app.state.parts.database.read() as session:
        model = service.visible(session, asker.account, model_id)
    own = asker.with_own_key and model.account_id == asker.account.id
    return training(model, link(request, project, model_id), own=own)


@router.delete(MODELS + "/{model_id}", status_code=204)
def delete_model(request: Request, project: str, model_id: str) -> None:
    account = calling_account(asker_of(request))
    with request.app.state.parts.database.write() as session:
        service.delete(session, service.own(session, account, model_id))


@router.post(MODELS + "/{model_id}/predict")
async def predict(request: Request, project: str, model_id: str) -> Response:
    key, own_link = key_of(request.scope), link(request, project, model_id)
    manner = Manner(lambda headers, request_id: GoogleAsked(key, None, request_id, link=own_link), refuse)
    return Predicted(manner, model_id)


@router.get(MODELS + "/{model_id}/analyze")
@router.put(MODELS + "/{model_id}")
def not_here() -> None:
    raise NotHere("There is insert, get, list, predict and delete; train another model instead.")


def link(request: Request, project: str, model_id: str) -> str:
    return f"{request.base_url}{discovery.BASE}{quote(project)}/trainedmodels/{quote(model_id)}"
