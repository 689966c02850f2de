"""One URL; which operation is asked for stands in a header.

Clients post to the root of the address that they are given: with a slash after it.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.types import Message

from services.mlaas.facade import Predicted, answering, asker_of
from services.mlaas.facades.amazon_ml import data_sources, models, realtime, repository, schemas
from services.mlaas.facades.amazon_ml.asked import asked_of
from services.mlaas.facades.amazon_ml.attributes import names_of
from services.mlaas.facades.amazon_ml.call import Call
from services.mlaas.facades.amazon_ml.refusals import MEDIA_TYPE, NotMounted, UnknownOperation, refuse
from services.mlaas.models.service import visible
from services.mlaas.predictions.direct import Manner
from services.web.problem import BadData, InvalidRequest

PREFIX, SERVICE = "/amazonml", "AmazonML_20141212."
router = APIRouter(prefix=PREFIX, route_class=answering(refuse), include_in_schema=False)
S = TypeVar("S", bound=schemas.Request)
Operation = Callable[[Call, dict[str, Any]], dict[str, Any]]


def taking(schema: type[S], operate: Callable[[Call, S], dict[str, Any]]) -> Operation:
    """An operation on what its schema takes."""

    def run(call: Call, sent: dict[str, Any]) -> dict[str, Any]:
        return operate(call, read(schema, sent))

    return run


def read(schema: type[S], sent: dict[str, Any]) -> S:
    """Raises RequestValidationError."""
    try:
        return schema.model_validate(sent)
    except ValidationError as error:
        raise RequestValidationError(error.errors()) from error


OPERATIONS: Mapping[str, Operation] = {
    "CreateDataSourceFromS3": taking(schemas.NewDataSource, data_sources.create),
    "GetDataSource": taking(schemas.OneDataSource, data_sources.get),
    "DescribeDataSources": taking(schemas.Listing, data_sources.describe),
    "DeleteDataSource": taking(schemas.OneDataSource, data_sources.delete),
    "CreateMLModel": taking(schemas.NewMLModel, models.create),
    "GetMLModel": taking(schemas.OneMLModel, models.get),
    "DescribeMLModels": taking(schemas.Listing, models.describe),
    "DeleteMLModel": taking(schemas.OneMLModel, models.delete),
    "CreateRealtimeEndpoint": taking(schemas.OneMLModel, realtime.create),
    "DeleteRealtimeEndpoint": taking(schemas.OneMLModel, realtime.delete),
}
PREDICT = "Predict"
# Verbs and nouns of what Amazon has besides.
ELSEWHERE = {
    *(f"Update{noun}" for noun in ("DataSource", "MLModel")),
    *(
        f"{verb}{noun}"
        for verb in ("Create", "Get", "Update", "Delete")
        for noun in ("Evaluation", "BatchPrediction")
    ),
    *("DescribeEvaluations", "DescribeBatchPredictions", "AddTags", "DeleteTags", "DescribeTags"),
    *("CreateDataSourceFromRDS", "CreateDataSourceFromRedshift"),
}


@router.post("")
@router.post("/")
async def operate(request: Request) -> Response:
    asker = await run_in_threadpool(asker_of, request)
    call = Call(request.app.state.parts, asker, f"{str(request.base_url).rstrip('/')}{PREFIX}")
    name = operation_of(request.headers.get("x-amz-target", ""))
    return await run_in_threadpool(answered, call, name, await request.body())


def answered(call: Call, name: str, body: bytes) -> Response:
    sent = document_in(body)
    if name == PREDICT:
        return predicted(call, sent, body)
    return Response(orjson.dumps(OPERATIONS[name](call, sent)), media_type=MEDIA_TYPE)


def operation_of(target: str) -> str:
    """Raises UnknownOperation, and InvalidRequest for what is at Amazon alone."""
    name = target.removeprefix(SERVICE)
    if name in ELSEWHERE:
        raise InvalidRequest(f"{name} is not here; there are {', '.join((*OPERATIONS, PREDICT))}.")
    if name == target or (name != PREDICT and name not in OPERATIONS):
        raise UnknownOperation(f"X-Amz-Target is {SERVICE} and one of {', '.join((*OPERATIONS, PREDICT))}.")
    return name


def document_in(body: bytes) -> dict[str, Any]:
    """Raises BadData."""
    try:
        sent = orjson.loads(body)
    except ValueError as error:
        raise BadData("The body cannot be read; send JSON in UTF-8.") from error
    if not isinstance(sent, dict):
        raise BadData("The body is an object in JSON.")
    return sent


def predicted(call: Call, sent: dict[str, Any], body: bytes) -> Predicted:
    """By a real-time endpoint of the account's; raises NotMounted and NotFound."""
    asked, account = read(schemas.Prediction, sent), call.asker.account
    with call.parts.database.read() as session:
        found = repository.mounted(session, account.id, asked.MLModelId)
        if found is None:
            visible(session, account, asked.MLModelId)
            raise NotMounted("The account has no endpoint of this model; CreateRealtimeEndpoint makes one.")
    names, kind = names_of(found.declared, found.features), found.kind or schemas.MULTICLASS
    return Predicted(Manner(partial(asked_of, names=names, kind=kind), refuse), asked.MLModelId, given(body))


def given(body: bytes) -> Callable[[], Any]:
    """A body that was received, to be received once more."""

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive
