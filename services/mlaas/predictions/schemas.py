from pydantic import BaseModel, Field


class Instances(BaseModel):
    """A prediction request in JSON. Described here and read elsewhere: validation by field is slow."""

    instances: list[list[float]] = Field(description="Records without their label.")


class Predictions(BaseModel):
    model_id: str
    classes: list[str]
    predictions: list[list[float]] = Field(description="A probability for every class, a row a record.")


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
