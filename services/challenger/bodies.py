"""JSON bodies, read under a limit and told about in OpenAPI; errors never echo what was sent."""

from typing import Any, TypeVar

import orjson
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

from services.web.bodies import media_type, receive
from services.web.problem import BadData, UnsupportedMediaType

M = TypeVar("M", bound=BaseModel)
JSON = "application/json"


async def receive_json(request: Request, limit_bytes: int) -> bytes:
    """Raises UnsupportedMediaType, BodyTooLarge and BadData."""
    if media_type(request.headers) != JSON:
        raise UnsupportedMediaType(f"Send the body as {JSON}.")
    return await receive(request, limit_bytes)


def json_object(body: bytes) -> dict[str, Any]:
    """Raises BadData; orjson takes neither NaN nor infinity."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadData(
            f"The body is no JSON (byte {error.pos}); send an object, and leave out NaN and infinity."
        ) from None
    if not isinstance(document, dict):
        raise BadData("The body must be a JSON object; /openapi.json shows its members.")
    return document


def parsed(model: type[M], document: dict[str, Any]) -> M:
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise RequestValidationError(error.errors(include_input=False, include_url=False)) from None


def json_body(schema: dict[str, Any]) -> dict[str, Any]:
    """The `openapi_extra` of a route that reads its body itself."""
    return {"requestBody": {"required": True, "content": {JSON: {"schema": schema}}}}
