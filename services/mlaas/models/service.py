"""Models: asked for, trained by a job, shown to those who may use them."""

import hashlib
import secrets
from difflib import get_close_matches

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from services.mlaas.accounts.tables import Account
from services.mlaas.database import now_ms
from services.mlaas.datasets.records import read_labels
from services.mlaas.datasets.schemas import Feature
from services.mlaas.datasets.service import check_room, owned
from services.mlaas.datasets.tables import Dataset
from services.mlaas.dependencies import Parts
from services.mlaas.errors import (
    ImagesOnly,
    ModelExists,
    OneClassOnly,
    OptionNotOffered,
    RowsOutOfRange,
    UnknownProfile,
)
from services.mlaas.ids import new_id
from services.mlaas.jobs import repository as jobs
from services.mlaas.jobs.allowance import check_one_more
from services.mlaas.jobs.tables import Job
from services.mlaas.model_type import are_images
from services.mlaas.models import repository
from services.mlaas.models.schemas import ModelDocument, NewModel, OwnModelDocument
from services.mlaas.models.tables import ENDED, Model, State
from services.mlaas.profile import OptionRefused, Profile
from services.mlaas.storage import Storage
from services.web.problem import NotFound


def ask_for(parts: Parts, account: Account, asked: NewModel) -> Model:
    """A queued model and its job. The same request with the same id is answered by the same model."""
    assert asked.dataset_id is not None
    request_sha256 = digest(asked)
    with parts.database.read() as session:
        if known := asked_before(session, account, asked, request_sha256):
            return known
        dataset = owned(session, account, asked.dataset_id)
        check_one_more(session, account.id, parts.settings.account_jobs)
    profile = profile_named(asked.profile, parts.profiles)
    check_options(profile, asked.options)
    check_shape(profile, dataset)
    seed = secrets.randbits(62)
    training, held_out = training_rows(asked, dataset, seed)
    model = Model(
        id=asked.id or new_id("m"),
        account_id=account.id,
        dataset_id=dataset.id,
        request_sha256=request_sha256,
        profile=profile.name,
        options=asked.options,
        rows=None if training is None else training.tobytes(),
        held_out=None if held_out is None else held_out.tobytes(),
        training_rows=dataset.rows if training is None else len(training),
        holdout=asked.holdout,
        seed=seed,
        features=dataset.features,
        classes=classes_among(dataset, parts.storage, training),
        visibility="private",
        state=State.QUEUED,
        created_at=now_ms(),
    )
    with parts.database.write() as session:
        if known := asked_before(session, account, asked, request_sha256):
            return known
        check_shape(profile, owned(session, account, asked.dataset_id))  # deleted, declared anew meanwhile?
        check_room(session, account.id, parts.settings, count=model.bytes_of_rows)
        session.add(model)
        session.flush()
        session.add(Job(model_id=model.id, dataset_id=dataset.id, attempt=0, lease_expires_at=0, ended=False))
    return model


def digest(asked: NewModel) -> str:
    """What tells a request from others; a training's does not know of models served from others."""
    left_out = {"served_from"} if asked.served_from is None else set()
    return hashlib.sha256(asked.model_dump_json(exclude=left_out).encode()).hexdigest()


def asked_before(session: Session, account: Account, asked: NewModel, request_sha256: str) -> Model | None:
    known = repository.ever_used(session, asked.id) if asked.id else None
    if known and (known.account_id, known.request_sha256, known.deleted_at) != (
        account.id,
        request_sha256,
        None,
    ):
        raise ModelExists("This id names another model; choose a new one, or leave the id out.")
    return known


def profile_named(name: str, profiles: dict[str, Profile]) -> Profile:
    if name not in profiles:
        close = get_close_matches(name, profiles) or sorted(profiles)
        raise UnknownProfile(f"There is no such profile; did you mean {' or '.join(close)}?")
    return profiles[name]


def check_options(profile: Profile, options: dict[str, float]) -> None:
    try:
        profile.resolve(options)
    except OptionRefused as refusal:
        raise OptionNotOffered(str(refusal)) from refusal


def check_shape(profile: Profile, dataset: Dataset) -> None:
    if profile.takes_images and not are_images(dataset.shape, dataset.features):
        raise ImagesOnly(
            "This profile takes images: declare their shape, (H, W) or (H, W, C), "
            f"by PATCH /v1/datasets/{dataset.id}, then train again."
        )


def training_rows(
    asked: NewModel, dataset: Dataset, seed: int
) -> tuple[NDArray[np.int32] | None, NDArray[np.int32] | None]:
    """Rows to train on (None: all) and rows kept aside (None: none), each in the order asked for."""
    if asked.rows is None and not asked.holdout:
        return None, None
    rows = np.arange(dataset.rows, dtype=np.int32) if asked.rows is None else np.array(asked.rows, np.int32)
    if rows.max() >= dataset.rows:
        raise RowsOutOfRange(f"The dataset has rows 0 to {dataset.rows - 1}.")
    if not asked.holdout:
        return rows, None
    order = np.random.default_rng(seed).permutation(len(rows))
    kept_aside = np.sort(order[: round(asked.holdout * len(rows))])
    return np.delete(rows, kept_aside), rows[kept_aside]


def classes_among(dataset: Dataset, storage: Storage, rows: NDArray[np.int32] | None) -> list[str]:
    """The classes that occur in the training rows: those that the model can answer with."""
    labels = read_labels(storage, dataset.id)
    present = np.unique(labels if rows is None else labels[rows])
    if len(present) < 2:
        raise OneClassOnly("These records are all of one class; add records of another.")
    return [dataset.classes[k] for k in present]


def visible(session: Session, account: Account, model_id: str) -> Model:
    """A model that this account may use; anybody else's is as if it did not exist."""
    model = repository.by_id(session, model_id)
    if model is None or (model.account_id != account.id and model.visibility != "public"):
        raise NotFound("There is no such model, or it is not shared with this account.")
    return model


def own(session: Session, account: Account, model_id: str) -> Model:
    model = visible(session, account, model_id)
    if model.account_id != account.id:
        raise NotFound("This account has no such model; GET /v1/models lists what it has.")
    return model


def document(session: Session, model: Model, *, to_owner: bool) -> ModelDocument:
    """What its owner, or anybody else who may use it, sees of a model."""
    dataset = session.get_one(Dataset, model.dataset_id)
    undeclared = [Feature(name=f"f{index}") for index in range(model.features)]
    declared = [Feature.model_validate(feature) for feature in dataset.declared_features or []]
    seen = OwnModelDocument if to_owner else ModelDocument
    columns = {name: getattr(model, name) for name in seen.model_fields if name not in ("features", "shape")}
    return seen(features=declared or undeclared, shape=dataset.shape, **columns)


def cancel(session: Session, model: Model) -> None:
    """End a training that has not ended; one under way is let run and its result dropped."""
    if model.state in ENDED:
        return
    model.state, model.ended_at = State.CANCELLED, now_ms()
    model.forget_rows()
    if job := jobs.of_model(session, model.id):
        job.ended = True


def delete(session: Session, model: Model) -> None:
    """Forget a model; the ledger's rows about it stay."""
    cancel(session, model)
    jobs.end_all(session, model.id)
    model.forget_rows()
    model.deleted_at = now_ms()
