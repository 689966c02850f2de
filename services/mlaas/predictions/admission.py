"""Who may ask which model. What was found once is remembered, and holds until the ledger finds otherwise.

A look into the database for every question took a third of its time. What is remembered never changes: whose
a key is, and a ready model's artefact and format. What may change (a key revoked, a model deleted or no
longer shared) is checked where it counts: in the transaction that charges the question.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import orjson
from sqlalchemy import exists, or_

from services.database import Database
from services.mlaas.accounts.service import authenticate
from services.mlaas.accounts.tables import Account
from services.mlaas.defence import Defence, secret_of
from services.mlaas.errors import ModelNotReady
from services.mlaas.ledger.limits import UNLIMITED, Limits
from services.mlaas.ledger.tables import Usage
from services.mlaas.models.service import visible
from services.mlaas.models.tables import Model, State
from services.mlaas.profile import Profile
from services.web import keys

MOST_REMEMBERED = 1_000

STILL_ADMITTED = exists().where(
    Account.id == Usage.account_id,
    Account.revoked_at.is_(None),
    Model.id == Usage.model_id,
    Model.deleted_at.is_(None),
    or_(Model.account_id == Usage.account_id, Model.visibility == "public"),
)


@dataclass(frozen=True)
class Admission:
    """An account that may ask a model of D `features`, whose answers have a column for each of `classes`.

    secret, guard: what the defences hang on, see `Question`; the guard is an artefact. watched: the seed of
    the sketches that are kept of what is asked; None where none are. key_id: the further key of the account
    that it asks with; None: its own.
    """

    account_id: str
    model_id: str
    artifact: str
    features: int
    classes: Sequence[str]
    defences: tuple[Defence, ...] = ()
    secret: bytes = b""
    guard: str | None = None
    limits: Limits = UNLIMITED
    watched: int | None = None
    key_id: str | None = None

    @cached_property
    def json_head(self) -> bytes:
        """What stands before the numbers in an answer in JSON."""
        head = orjson.dumps({"model_id": self.model_id, "classes": self.classes})
        return head[:-1] + b',"predictions":'


class Admissions:
    """Admits keys to models. For one thread, the event loop's."""

    def __init__(
        self, database: Database, profiles: Mapping[str, Profile], quota_records: int | None
    ) -> None:
        self.database, self.profiles, self.quota_records = database, profiles, quota_records
        self._defences = {name: profile.make_defences() for name, profile in profiles.items()}
        self._remembered = OrderedDict[tuple[str, str], Admission]()

    def admit(self, key: str, model_id: str) -> Admission:
        """Raises Unauthenticated, NotFound and ModelNotReady."""
        question = (keys.digest(key), model_id)
        if question not in self._remembered:
            self._remembered[question] = self.look(key, model_id)
            if len(self._remembered) > MOST_REMEMBERED:
                self._remembered.popitem(last=False)
        self._remembered.move_to_end(question)
        return self._remembered[question]

    def forget(self, key: str, model_id: str) -> None:
        self._remembered.pop((keys.digest(key), model_id), None)

    def look(self, key: str, model_id: str) -> Admission:
        with self.database.read() as session:
            account, further_key = authenticate(session, key)
            model = visible(session, account, model_id)
        if model.state != State.READY or model.artifact is None:
            retry = {"Retry-After": "2"} if model.state in (State.QUEUED, State.TRAINING) else None
            raise ModelNotReady(
                f"The model is {model.state}; poll GET /v1/models/{{id}} until it is ready.", headers=retry
            )
        profile, defences = self.profile_of(model)
        return Admission(
            account.id,
            model.id,
            model.artifact,
            model.features,
            model.classes,
            defences=defences,
            secret=secret_of(model.seed),
            guard=model.guard,
            limits=Limits.of(profile.queries, self.quota_records),
            watched=model.seed if profile.queries.detect else None,
            key_id=further_key.id if further_key else None,
        )

    def profile_of(self, model: Model) -> tuple[Profile, tuple[Defence, ...]]:
        """With its defences; raises ModelNotReady where they cannot be had: no answer goes without them."""
        if model.profile in self.profiles:
            defences = self._defences[model.profile]
            if model.guard is not None or not any(each.learns for each in defences):
                return self.profiles[model.profile], defences
        raise ModelNotReady("The model's profile is no longer offered as it was; ask the operator.")
