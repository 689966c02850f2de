from pydantic import BaseModel


class NewAccount(BaseModel):
    account_id: str
    api_key: str
