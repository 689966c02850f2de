"""Models, under the profile that offers what Amazon offered."""

from typing import Any

from sqlalchemy import case, func
from sqlalchemy.orm import Session

from services.mlaas.accounts.tables import Account
from services.mlaas.datasets.service import owned
from services.mlaas.dependencies import Asker
from services.mlaas.facades.amazon_ml import data_sources, repository
from services.mlaas.facades.amazon_ml.call import Call, seconds
from services.mlaas.facades.amazon_ml.filters import conditions
from services.mlaas.facades.amazon_ml.parameters import PROFILE, options_of
from services.mlaas.facades.amazon_ml.realtime import MOUNTED, NOT_MOUNTED, endpoint_document
from services.mlaas.facades.amazon_ml.refusals import Mismatch
from services.mlaas.facades.amazon_ml.schemas import BINARY, MULTICLASS, Listing, NewMLModel, OneMLModel
from services.mlaas.facades.amazon_ml.tables import ModelRequest, RealtimeEndpoint
from services.mlaas.models import repository as models
from services.mlaas.models import service
from services.mlaas.models.schemas import NewModel
from services.mlaas.models.tables import Model, State
from services.web.paging import Page
from services.web.problem import InvalidRequest, NotFound

STATUSES = {
    State.QUEUED: "PENDING",
    State.TRAINING: "INPROGRESS",
    State.READY: "COMPLETED",
    State.FAILED: "FAILED",
    State.CANCELLED: "FAILED",
}
FILTERED = {
    "Status": case({state.value: status for state, status in STATUSES.items()}, value=Model.state),
    "Name": func.coalesce(ModelRequest.name, ""),
    "MLModelType": func.coalesce(ModelRequest.kind, MULTICLASS),
    "TrainingDataSourceId": func.coalesce(ModelRequest.data_source_id, ""),
    "RealtimeEndpointStatus": case((RealtimeEndpoint.model_id.is_(None), NOT_MOUNTED), else_=MOUNTED),
}
TWO = ["0", "1"]  # the classes of a model that answers with the score of one


def create(call: Call, asked: NewMLModel) -> dict[str, Any]:
    """Trained by a job as any other; a request that was sent before is answered alike."""
    new = ModelRequest(
        model_id=asked.MLModelId,
        data_source_id=asked.TrainingDataSourceId,
        name=asked.MLModelName,
        kind=asked.MLModelType,
        parameters=asked.Parameters,
    )
    options = options_of(asked.Parameters)
    with call.parts.database.read() as session:
        if asked_before(session, call.account, new):
            return {"MLModelId": asked.MLModelId}
        dataset_id = trainable(session, call.account, asked)
    wish = NewModel(dataset_id=dataset_id, profile=PROFILE, options=options, id=asked.MLModelId)
    service.ask_for(call.parts, call.account, wish)
    with call.parts.database.write() as session:
        if not asked_before(session, call.account, new):
            session.add(new)
    return {"MLModelId": asked.MLModelId}


def asked_before(session: Session, account: Account, new: ModelRequest) -> bool:
    """Raises Mismatch where it was something else, or of somebody else, or is deleted."""
    known = repository.model_requests(session, [new.model_id]).get(new.model_id)
    if known is None:
        return False
    model = models.by_id(session, new.model_id)
    if model is None or model.account_id != account.id or said(known) != said(new):
        raise Mismatch("This id names another model; choose a new one.")
    return True


def said(request: ModelRequest) -> tuple[object, ...]:
    return request.data_source_id, request.name, request.kind, request.parameters


def trainable(session: Session, account: Account, asked: NewMLModel) -> str:
    """The dataset to train on; raises InvalidRequest and NotFound."""
    source = data_sources.found(session, account, asked.TrainingDataSourceId)
    if source.deleted_at is not None:
        raise InvalidRequest("The data source is deleted; create another.")
    if not source.statistics:
        raise InvalidRequest("Create the data source with ComputeStatistics to train on it.")
    dataset = owned(session, account, source.dataset_id)
    if asked.MLModelType == BINARY and sorted(dataset.classes) != TWO:
        raise InvalidRequest(f"A {BINARY} model has the classes 0 and 1; ask for {MULTICLASS}.")
    return dataset.id


def get(call: Call, asked: OneMLModel) -> dict[str, Any]:
    """A deleted one of one's own is there, and says so."""
    asker = call.asker
    with call.parts.database.read() as session:
        model = models.ever_used(session, asked.MLModelId)
        if model is None or model.account_id != asker.account.id or not asker.with_own_key:
            model = service.visible(session, asker.account, asked.MLModelId)
        request = repository.model_requests(session, [model.id]).get(model.id)
        endpoint = repository.endpoints(session, asker.account.id, [model.id]).get(model.id)
        endpoint = endpoint if model.deleted_at is None else None
        return document(call, asker, model, request, endpoint)


def describe(call: Call, asked: Listing) -> dict[str, Any]:
    page, account = Page(asked.Limit, asked.NextToken), call.account
    with call.parts.database.read() as session:
        wanted = conditions(asked, FILTERED)
        listed = repository.models(session, account.id, wanted, page.after, page.size)
        ids = [model.id for model in listed]
        requests = repository.model_requests(session, ids)
        endpoints = repository.endpoints(session, account.id, ids)
    results = [
        document(call, call.asker, model, requests.get(model.id), endpoints.get(model.id)) for model in listed
    ]
    token = page.token(results, ids[-1] if ids else "")
    return {"Results": results} | ({"NextToken": token} if token else {})


def delete(call: Call, asked: OneMLModel) -> dict[str, Any]:
    with call.parts.database.write() as session:
        try:
            service.delete(session, service.own(session, call.account, asked.MLModelId))
        except NotFound:
            raise NotFound("This account has no such model; DescribeMLModels lists what it has.") from None
    return {"MLModelId": asked.MLModelId}


def document(
    call: Call, asker: Asker, model: Model, request: ModelRequest | None, endpoint: RealtimeEndpoint | None
) -> dict[str, Any]:
    """Nothing of Amazon's that would tell the model: no Algorithm, SizeInBytes, ComputeTime or LogUri."""
    status = STATUSES[State(model.state)] if model.deleted_at is None else "DELETED"
    seen = {
        "MLModelId": model.id,
        "MLModelType": request.kind if request else MULTICLASS,
        "Status": status,
        "EndpointInfo": endpoint_document(call.url, endpoint),
    }
    if model.error is not None:
        seen["Message"] = model.error
    if model.account_id == asker.account.id and asker.with_own_key:
        seen |= owners_part(model, request)
    return seen


def owners_part(model: Model, request: ModelRequest | None) -> dict[str, Any]:
    created = seconds(model.created_at)  # when it ended would tell how long a training takes
    seen: dict[str, Any] = {"CreatedAt": created, "LastUpdatedAt": created}
    if request is not None:
        seen["TrainingDataSourceId"] = request.data_source_id
        seen["TrainingParameters"] = request.parameters
        seen |= {"Name": request.name} if request.name is not None else {}
    return seen
