"""The OpenAPI document: problems described once, and the text that is committed."""

import json
from functools import cache
from typing import Any

from fastapi import FastAPI

from services.web.problem import (
    PROBLEM_SCHEMA,
    BodyTooLarge,
    HeadTooLong,
    NoHttp,
    Overloaded,
    TooSlow,
    responses,
)


def describe_problems(app: FastAPI) -> None:
    """Put the Problem schema in place of FastAPI's own validation errors."""
    generate = app.openapi

    def described() -> dict[str, Any]:
        document = generate()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        schemas["Problem"] = PROBLEM_SCHEMA
        schemas.pop("HTTPValidationError", None)
        schemas.pop("ValidationError", None)
        for path in document["paths"].values():
            for operation in path.values():
                schemas.update(taken_out(operation.get("requestBody", {})))
                replace_validation_errors(operation["responses"])
                add_what_may_always_happen(operation)
        return document

    app.openapi = cache(described)  # type: ignore[method-assign]


def taken_out(body: dict[str, Any]) -> dict[str, Any]:
    """The schemas that those of a body have with them, as pydantic writes them; they belong to all."""
    found: dict[str, Any] = {}
    for content in body.get("content", {}).values():
        for schema in (content["schema"], *content["schema"].get("oneOf", [])):
            found |= schema.pop("$defs", {})
    return found


def replace_validation_errors(responses: dict[str, Any]) -> None:
    problem = {"schema": {"$ref": "#/components/schemas/Problem"}}
    for status, answer in responses.items():
        if status == "422" and "application/json" in answer.get("content", {}):
            answer["content"] = {"application/problem+json": problem}


def add_what_may_always_happen(operation: dict[str, Any]) -> None:
    """Where anything may: what is refused before it is a request, and a database or a disk that is away."""
    if len(operation["responses"]) == 1:
        return
    always = responses(NoHttp, TooSlow, HeadTooLong, Overloaded)
    for status, answer in (always | (responses(BodyTooLarge) if "requestBody" in operation else {})).items():
        operation["responses"].setdefault(str(status), answer)


def as_text(app: FastAPI) -> str:
    """As it is committed: stable, a line a member."""
    return json.dumps(app.openapi(), indent=1, sort_keys=True, ensure_ascii=False) + "\n"
