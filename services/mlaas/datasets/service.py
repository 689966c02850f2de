"""Datasets: received into a temporary file, checked, and put in place whole or not at all."""

import hashlib
import math
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from anyio import to_thread
from sqlalchemy.orm import Session
from starlette.requests import Request

from services.mlaas.accounts.tables import Account
from services.mlaas.database import now_ms
from services.mlaas.datasets import repository
from services.mlaas.datasets.allowance import too_many, too_much
from services.mlaas.datasets.csv import Header, read_csv
from services.mlaas.datasets.npy import read_npy
from services.mlaas.datasets.records import Block, name_of, write_records
from services.mlaas.datasets.schemas import Declaration
from services.mlaas.datasets.tables import Dataset
from services.mlaas.dependencies import Parts
from services.mlaas.errors import InUse
from services.mlaas.ids import new_id
from services.mlaas.jobs.repository import unfinished_on
from services.mlaas.settings import Settings
from services.mlaas.storage import temporary
from services.web.bodies import NPY, media_type, stream
from services.web.problem import BadData, InvalidRequest, NotFound, UnsupportedMediaType

CSV = "text/csv"


@dataclass(frozen=True)
class Upload:
    """A received body: where it lies, what it is, its digest and size."""

    file: Path
    media_type: str
    sha256: str
    bytes: int


async def receive_dataset(
    request: Request, parts: Parts, account: Account, name: str, header: Header
) -> tuple[Dataset, bool]:
    """The dataset in the body and whether it is new: the same content of one account is kept once.

    Looking across accounts would tell one customer what another holds.
    """
    kind = media_type(request.headers)
    if kind not in (NPY, CSV):
        raise UnsupportedMediaType(f"Send the records as {NPY} or {CSV}.")
    body = stream(request, parts.settings.upload_bytes)
    return await receive_body(parts, account, body, kind, name, header)


async def receive_content(
    parts: Parts, account: Account, content: bytes, kind: str, name: str, header: Header
) -> tuple[Dataset, bool]:
    """The same of what came in another way."""

    async def whole() -> AsyncIterator[bytes]:
        yield content

    return await receive_body(parts, account, whole(), kind, name, header)


async def receive_body(
    parts: Parts, account: Account, body: AsyncIterator[bytes], kind: str, name: str, header: Header
) -> tuple[Dataset, bool]:
    with parts.database.read() as session:
        datasets, stored = repository.stored(session, account.id)
    with (
        parts.allowances.of(account.id, datasets, stored) as receive,
        temporary(parts.storage.scratch) as scratch,
    ):
        upload = await receive_file(body, receive, scratch / "body", kind)
        async with parts.turns.of(account.id):
            return await to_thread.run_sync(keep, parts, account, upload, name, header, limiter=parts.readers)


async def receive_file(
    body: AsyncIterator[bytes], receive: Callable[[int], None], file: Path, kind: str
) -> Upload:
    digest, size = hashlib.sha256(), 0
    with file.open("wb") as target:
        async for chunk in body:
            receive(len(chunk))
            digest.update(chunk)
            target.write(chunk)
            size += len(chunk)
    if not size:
        raise BadData("The body is empty; send the records in it.")
    return Upload(file, kind, digest.hexdigest(), size)


def keep(parts: Parts, account: Account, upload: Upload, name: str, header: Header) -> tuple[Dataset, bool]:
    read_as = f"{upload.media_type}; header={header}" if upload.media_type == CSV else upload.media_type
    with parts.database.read() as session:
        if known := repository.by_content(session, account.id, upload.sha256, read_as):
            return known, False
    dataset_id = new_id("d")
    records = upload.file.parent / "records"
    records.mkdir()
    description = write_records(
        blocks(upload, header, parts.settings), records, most_classes=parts.settings.classes
    )
    dataset = Dataset(
        id=dataset_id,
        account_id=account.id,
        name=name,
        sha256=upload.sha256,
        read_as=read_as,
        rows=description.rows,
        features=description.features,
        classes=list(description.classes),
        bytes=upload.bytes,
        created_at=now_ms(),
    )
    parts.storage.put(name_of(dataset_id), records)  # before there is a row that says so
    try:
        with parts.database.write() as session:
            known = repository.by_content(session, account.id, upload.sha256, read_as)
            if known is None:
                check_room(session, account.id, parts.settings, datasets=1, count=upload.bytes)
                session.add(dataset)
    except BaseException:
        parts.storage.delete(name_of(dataset_id))
        raise
    if known is not None:  # the same was sent twice at once
        parts.storage.delete(name_of(dataset_id))
    return known or dataset, known is None


def check_room(
    session: Session, account_id: str, settings: Settings, *, datasets: int = 0, count: int
) -> None:
    """For `datasets` and `count` bytes more, in the write that stores them; raises StorageFull.

    Writes come one after the other, in every API process: what is stored stays so until this one has ended.
    """
    if not datasets + count:
        return
    stored, stored_bytes = repository.stored(session, account_id)
    if stored + datasets > settings.account_datasets:
        raise too_many(settings.account_datasets)
    if stored_bytes + count > settings.account_bytes:
        raise too_much(settings.account_bytes)


def blocks(upload: Upload, header: Header, settings: Settings) -> Iterator[Block]:
    if upload.media_type == NPY:
        return read_npy(upload.file, most_features=settings.features)
    return read_csv(upload.file, header, most_features=settings.features)


def owned(session: Session, account: Account, dataset_id: str) -> Dataset:
    dataset = repository.by_id(session, account.id, dataset_id)
    if dataset is None:
        raise NotFound("This account has no such dataset; GET /v1/datasets lists what it has.")
    return dataset


def declare(session: Session, dataset: Dataset, declaration: Declaration) -> None:
    """Said again, it changes nothing; otherwise no training on the dataset may be unfinished."""
    if len(declaration.features) != dataset.features:
        raise InvalidRequest(
            f"Describe each of the {dataset.features} features; {len(declaration.features)} were described."
        )
    if declaration.shape is not None and math.prod(declaration.shape) != dataset.features:
        raise InvalidRequest(
            f"The shape {declaration.shape} has {math.prod(declaration.shape)} values; "
            f"a record has {dataset.features} features."
        )
    features = [feature.model_dump(exclude_none=True) for feature in declaration.features]
    if (features, declaration.shape) == (dataset.declared_features, dataset.shape):
        return
    if unfinished_on(session, dataset.id):
        raise InUse("Models are still being trained on this dataset; wait for them or cancel them.")
    dataset.declared_features, dataset.shape = features, declaration.shape


def delete(session: Session, dataset: Dataset) -> None:
    """Forget a dataset; its files go once the row says so."""
    if unfinished_on(session, dataset.id):
        raise InUse("Models are still being trained on this dataset; wait for them or cancel them.")
    dataset.deleted_at = now_ms()
