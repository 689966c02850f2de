from typing import Any

from pydantic import BaseModel


class Service(BaseModel):
    name: str
    api_versions: list[str]
    limits: dict[str, int]


class ProfileList(BaseModel):
    """What a customer may know of the black boxes: name, price and the options that it may set."""

    items: list[dict[str, Any]]


class Health(BaseModel):
    status: str
