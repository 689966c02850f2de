from typing import Any

from sqlalchemy import and_, bindparam, select
from sqlalchemy.exc import SQLAlchemyError

from services.database import Database
from services.mlaas.accounts.tables import Account
from services.mlaas.models.tables import Model

# One statement a prediction: the account by its key, and the model beside it if there is one.
ACCOUNT_AND_MODEL = (
    select(
        Account.id,
        Account.key_sha256,
        Account.revoked_at,
        Model.id.label("model_id"),
        Model.account_id.label("owner_id"),
        Model.visibility,
        Model.state,
        Model.artifact,
        Model.features,
        Model.classes,
    )
    .outerjoin(Model, and_(Model.id == bindparam("model_id"), Model.deleted_at.is_(None)))
    .where(Account.id == bindparam("account_id"))
)


class Admissions:
    """Asks ACCOUNT_AND_MODEL on a connection of its own: taking one from the pool costs more than the answer.

    For one thread alone, the event loop's.
    """

    def __init__(self, database: Database) -> None:
        self.connection = database.readers.connect().execution_options(isolation_level="AUTOCOMMIT")

    def account_and_model(self, account_id: str, model_id: str) -> Any:
        """The row of ACCOUNT_AND_MODEL, or None when there is no such account."""
        values = {"account_id": account_id, "model_id": model_id}
        try:
            return self.connection.execute(ACCOUNT_AND_MODEL, values).one_or_none()
        except SQLAlchemyError:
            self.connection.rollback()  # so that the next question is asked anew
            raise
