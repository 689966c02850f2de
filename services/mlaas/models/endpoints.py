from collections.abc import Iterable, Iterator

from fastapi import APIRouter, Response
from fastapi.concurrency import run_in_threadpool
from sqlalchemy.orm import Session

from services.mlaas.dependencies import AskerDep, Caller, PartsDep
from services.mlaas.errors import (
    Damaged,
    ImagesOnly,
    ModelExists,
    ModelNotReady,
    OneClassOnly,
    OptionNotOffered,
    OtherRecipe,
    PredictOnly,
    RowsOutOfRange,
    StorageFull,
    TooManyJobs,
    UnknownProfile,
)
from services.mlaas.models import repository, service, serving
from services.mlaas.models.schemas import ModelChange, ModelDocument, ModelList, NewModel, OwnModelDocument
from services.mlaas.models.tables import ENDED, Model
from services.web.paging import PageDep
from services.web.patience import PatienceDep
from services.web.problem import InvalidRequest, NotFound, Unauthenticated, responses

router = APIRouter(
    prefix="/v1/models", tags=["models"], responses=responses(Unauthenticated, PredictOnly, InvalidRequest)
)
Seen = OwnModelDocument | ModelDocument  # the fuller one first: the answer is shaped by the first that fits
MOST_FEATURES = 100_000  # on a page, with the values that are declared of them: some 10 MB of JSON


@router.post(
    "",
    status_code=202,
    responses=responses(
        PredictOnly,
        StorageFull,
        NotFound,
        ModelExists,
        ModelNotReady,
        UnknownProfile,
        OtherRecipe,
        ImagesOnly,
        OptionNotOffered,
        RowsOutOfRange,
        OneClassOnly,
        Damaged,
        TooManyJobs,
    ),
)
def train_model(asked: NewModel, response: Response, parts: PartsDep, account: Caller) -> OwnModelDocument:
    """Have a model trained, or one of yours served otherwise. Answers at once; poll it until it is ready."""
    ask_for = service.ask_for if asked.served_from is None else serving.serve
    model = ask_for(parts, account, asked)
    response.headers["Location"] = f"/v1/models/{model.id}"
    with parts.database.read() as session:
        return shown_to_owner(session, model)


@router.get("")
def list_models(parts: PartsDep, account: Caller, page: PageDep) -> ModelList:
    """Your models. A page may hold fewer than were asked for, where they have many features."""
    with parts.database.read() as session:
        found = repository.page(session, account.id, page.after, page.size)
        items = list(within(MOST_FEATURES, (shown_to_owner(session, model) for model in found)))
    more = len(items) < len(found)
    return ModelList(items=items, next_page_token=page.token(items, items[-1].id if items else "", more=more))


@router.get("/{model_id}", responses=responses(NotFound))
async def get_model(model_id: str, parts: PartsDep, asker: AskerDep, patience: PatienceDep) -> Seen:
    """A model's state and format; its owner sees more with the account's own key."""

    def ended() -> bool:
        with parts.database.read() as session:
            return service.visible(session, asker.account, model_id).state in ENDED

    def look() -> Seen:
        with parts.database.read() as session:
            model = service.visible(session, asker.account, model_id)
            own = asker.with_own_key and model.account_id == asker.account.id
            return service.document(session, model, to_owner=own)

    await patience.until(ended)
    return await run_in_threadpool(look)


@router.patch("/{model_id}", responses=responses(NotFound))
def share_model(model_id: str, change: ModelChange, parts: PartsDep, account: Caller) -> OwnModelDocument:
    """Share a model for prediction with every account, or with none."""
    with parts.database.write() as session:
        model = service.own(session, account, model_id)
        model.visibility = change.visibility
        return shown_to_owner(session, model)


@router.post("/{model_id}/cancel", responses=responses(NotFound))
def cancel_training(model_id: str, parts: PartsDep, account: Caller) -> OwnModelDocument:
    """Cancel a training that has not ended; a model that has is left as it is."""
    with parts.database.write() as session:
        model = service.own(session, account, model_id)
        service.cancel(session, model)
        return shown_to_owner(session, model)


@router.delete("/{model_id}", status_code=204, responses=responses(NotFound))
def delete_model(model_id: str, parts: PartsDep, account: Caller) -> None:
    """Delete a model. What was asked of it stays in the usage."""
    with parts.database.write() as session:
        service.delete(session, service.own(session, account, model_id))


def within(most: int, documents: Iterable[OwnModelDocument]) -> Iterator[OwnModelDocument]:
    """The first, and as many after it as have `most` features together."""
    features = 0
    for document in documents:
        before = features
        features += sum(1 + len(feature.values or ()) for feature in document.features)
        if before and features > most:
            return
        yield document


def shown_to_owner(session: Session, model: Model) -> OwnModelDocument:
    document = service.document(session, model, to_owner=True)
    assert isinstance(document, OwnModelDocument)
    return document
