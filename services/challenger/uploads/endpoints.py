from typing import Any

from anyio import to_thread
from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from services.challenger.dependencies import PartsDep
from services.web.bodies import NPY, media_type, stream
from services.web.problem import BadData, BodyTooLarge, Overloaded, UnsupportedMediaType, responses

NPY_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {NPY: {"schema": {"type": "string", "format": "binary"}}},
    }
}

router = APIRouter(prefix="/v1/uploads", tags=["games"])


class Uploaded(BaseModel):
    id: str = Field(description="Names it in POST /v1/games, once, within a day; nobody else is told of it.")
    rows: int
    columns: int


@router.post(
    "",
    status_code=201,
    openapi_extra=NPY_BODY,
    responses=responses(UnsupportedMediaType, BodyTooLarge, BadData, Overloaded),
)
async def upload(request: Request, parts: PartsDep) -> Uploaded:
    """A table for a game of an owner's own records: NPY (N, C) of finite numbers.

    Records have their label in column 0, an index of the classes; answers of a target have a column a class.
    """
    if media_type(request.headers) != NPY:
        raise UnsupportedMediaType(f"Send the table as {NPY}.")
    upload_id = await parts.uploads.receive(stream(request, parts.settings.upload_bytes))
    rows, columns = await to_thread.run_sync(parts.uploads.checked, upload_id, limiter=parts.readers)
    return Uploaded(id=upload_id, rows=rows, columns=columns)
