from pydantic import BaseModel, Field


class UsageItem(BaseModel):
    model_id: str
    requests: int
    records: int
    quota: int | None
    remaining: int | None


class UsageList(BaseModel):
    items: list[UsageItem]


class QueryItem(BaseModel):
    """A row of the ledger, for operators."""

    id: int
    at: int = Field(description="Milliseconds since 1970, UTC.")
    account_id: str
    model_id: str
    records: int
    request_id: str
    idempotency_key: str | None
    request_sha256: str


class QueryList(BaseModel):
    items: list[QueryItem]
    next_page_token: str
