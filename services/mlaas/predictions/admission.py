"""Who may ask which model. What was found once is remembered, and holds until the ledger finds otherwise.

A look into the database for every question took a third of its time. What is remembered never changes: whose
a key is, and a ready model's artefact and format. What may change (a key revoked, a model deleted or no
longer shared) is checked where it counts: in the transaction that charges the question.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import exists, or_

from services.database import Database
from services.mlaas.accounts.service import authenticate
from services.mlaas.accounts.tables import Account
from services.mlaas.errors import ModelNotReady
from services.mlaas.ledger.tables import Usage
from services.mlaas.models.service import visible
from services.mlaas.models.tables import Model, State
from services.web import keys

MOST_REMEMBERED = 10_000

STILL_ADMITTED = exists().where(
    Account.id == Usage.account_id,
    Account.revoked_at.is_(None),
    Model.id == Usage.model_id,
    Model.deleted_at.is_(None),
    or_(Model.account_id == Usage.account_id, Model.visibility == "public"),
)


@dataclass(frozen=True)
class Admission:
    """An account that may ask a model of D `features`, whose answers have a column for each of `classes`."""

    account_id: str
    model_id: str
    artifact: str
    features: int
    classes: Sequence[str]


class Admissions:
    """Admits keys to models. For one thread, the event loop's."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._remembered: dict[tuple[str, str], Admission] = {}

    def admit(self, key: str, model_id: str) -> Admission:
        """Raises Unauthenticated, NotFound and ModelNotReady."""
        question = (keys.digest(key), model_id)
        if question not in self._remembered:
            admission = self.look(key, model_id)
            if len(self._remembered) >= MOST_REMEMBERED:
                self._remembered.clear()
            self._remembered[question] = admission
        return self._remembered[question]

    def forget(self, key: str, model_id: str) -> None:
        self._remembered.pop((keys.digest(key), model_id), None)

    def look(self, key: str, model_id: str) -> Admission:
        with self.database.read() as session:
            account = authenticate(session, key)
            model = visible(session, account, model_id)
        if model.state != State.READY or model.artifact is None:
            retry = {"Retry-After": "2"} if model.state in (State.QUEUED, State.TRAINING) else None
            raise ModelNotReady(
                f"The model is {model.state}; poll GET /v1/models/{{id}} until it is ready.", headers=retry
            )
        return Admission(account.id, model.id, model.artifact, model.features, model.classes)
