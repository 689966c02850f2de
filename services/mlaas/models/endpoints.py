import asyncio
import re
from typing import Annotated

from fastapi import APIRouter, Header, Response
from sqlalchemy.orm import Session

from services.mlaas.dependencies import Caller, PartsDep
from services.mlaas.errors import (
    ImagesOnly,
    ModelExists,
    OneClassOnly,
    OptionNotOffered,
    RowsOutOfRange,
    UnknownProfile,
)
from services.mlaas.models import repository, service
from services.mlaas.models.schemas import ModelChange, ModelDocument, ModelList, NewModel, OwnModelDocument
from services.mlaas.models.tables import ENDED, Model
from services.web.paging import PageDep
from services.web.problem import InvalidRequest, NotFound, Unauthenticated, responses

LONGEST_WAIT_S = 60.0
LOOK_AGAIN_S = 0.05

router = APIRouter(prefix="/v1/models", tags=["models"], responses=responses(Unauthenticated, InvalidRequest))
Seen = OwnModelDocument | ModelDocument  # the fuller one first: the answer is shaped by the first that fits


@router.post(
    "",
    status_code=202,
    responses=responses(
        NotFound, ModelExists, UnknownProfile, ImagesOnly, OptionNotOffered, RowsOutOfRange, OneClassOnly
    ),
)
def train_model(asked: NewModel, response: Response, parts: PartsDep, account: Caller) -> OwnModelDocument:
    """Have a model trained. Answers at once; poll the model until it is ready."""
    model = service.ask_for(parts, account, asked)
    response.headers["Location"] = f"/v1/models/{model.id}"
    with parts.database.read() as session:
        return shown_to_owner(session, model, account)


@router.get("")
def list_models(parts: PartsDep, account: Caller, page: PageDep) -> ModelList:
    with parts.database.read() as session:
        found = repository.page(session, account.id, page.after, page.size)
        items = [shown_to_owner(session, model, account) for model in found]
    return ModelList(items=items, next_page_token=page.token(found, found[-1].id if found else ""))


@router.get("/{model_id}", responses=responses(NotFound))
async def get_model(
    model_id: str,
    parts: PartsDep,
    account: Caller,
    prefer: Annotated[
        str, Header(description="`wait=20` answers when the training has ended, or after 20 s.")
    ] = "",
) -> Seen:
    """A model's state and format."""
    asked = re.search(r"\bwait=(\d{1,4})\b", prefer)
    patience = min(LONGEST_WAIT_S, float(asked[1])) if asked else 0.0
    deadline = asyncio.get_running_loop().time() + patience
    while True:
        with parts.database.read() as session:
            model = service.visible(session, account, model_id)
            if model.state in ENDED or asyncio.get_running_loop().time() >= deadline:
                return service.document(session, model, account)
        await asyncio.sleep(LOOK_AGAIN_S)


@router.patch("/{model_id}", responses=responses(NotFound))
def share_model(model_id: str, change: ModelChange, parts: PartsDep, account: Caller) -> OwnModelDocument:
    """Share a model for prediction with every account, or with none."""
    with parts.database.write() as session:
        model = service.own(session, account, model_id)
        model.visibility = change.visibility
        return shown_to_owner(session, model, account)


@router.post("/{model_id}/cancel", responses=responses(NotFound))
def cancel_training(model_id: str, parts: PartsDep, account: Caller) -> OwnModelDocument:
    """Cancel a training that has not ended; a model that has is left as it is."""
    with parts.database.write() as session:
        model = service.own(session, account, model_id)
        service.cancel(session, model)
        return shown_to_owner(session, model, account)


@router.delete("/{model_id}", status_code=204, responses=responses(NotFound))
def delete_model(model_id: str, parts: PartsDep, account: Caller) -> None:
    """Delete a model. What was asked of it stays in the usage."""
    with parts.database.write() as session:
        service.delete(session, service.own(session, account, model_id))


def shown_to_owner(session: Session, model: Model, account: Caller) -> OwnModelDocument:
    document = service.document(session, model, account)
    assert isinstance(document, OwnModelDocument)
    return document
