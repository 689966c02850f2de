from pydantic import BaseModel, ConfigDict, Field

from services.mlaas.keys.tables import Scope


class NewKey(BaseModel):
    """A further key to this account."""

    model_config = ConfigDict(extra="forbid")

    scope: Scope = Field(
        description="`predict`: ask the models that this account may ask, and read their format; no more."
    )
    name: str = Field("", max_length=200, description="Whom or what it is for.")


class KeyDocument(BaseModel):
    id: str
    name: str
    scope: Scope
    created_at: int = Field(description="Milliseconds since 1970, UTC.")
    revoked_at: int | None = None


class CreatedKey(KeyDocument):
    api_key: str = Field(description="It is shown this once.")


class KeyList(BaseModel):
    items: list[KeyDocument]
    next_page_token: str
