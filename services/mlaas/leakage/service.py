"""Leakage reports: asked for, made by a job, shown to the model's owner alone."""

import secrets

from sqlalchemy.orm import Session

from services.database import Database
from services.mlaas.accounts.tables import Account
from services.mlaas.database import now_ms
from services.mlaas.datasets import repository as datasets
from services.mlaas.datasets.service import owned
from services.mlaas.datasets.tables import Dataset
from services.mlaas.errors import ModelNotReady, NothingHeldOut, OtherRecords, RecordsDeleted
from services.mlaas.ids import new_id
from services.mlaas.jobs.allowance import check_one_more
from services.mlaas.jobs.tables import Job
from services.mlaas.leakage import repository
from services.mlaas.leakage.schemas import NewReport, ReportDocument
from services.mlaas.leakage.tables import ENDED, LeakageReport, ReportState
from services.mlaas.models.service import own
from services.mlaas.models.tables import Model, State
from services.web.problem import NotFound


def ask_for(
    database: Database, account: Account, model_id: str, asked: NewReport, most_jobs: int
) -> LeakageReport:
    """A queued report and its job; while one of the model has not ended, that one."""
    with database.write() as session:
        model = own(session, account, model_id)
        known = repository.newest(session, model.id)
        if known is not None and known.state not in ENDED:
            return known
        check(session, account, model, asked)
        check_one_more(session, account.id, most_jobs)
        report = LeakageReport(
            id=new_id("r"),
            model_id=model.id,
            held_out_id=asked.held_out,
            state=ReportState.QUEUED,
            shadows=asked.shadows,
            seed=secrets.randbits(62),
            created_at=now_ms(),
        )
        session.add(report)
        session.flush()
        session.add(Job(model_id=model.id, report_id=report.id, dataset_id=model.dataset_id))
    return report


def check(session: Session, account: Account, model: Model, asked: NewReport) -> None:
    """Whether there is all that an assessment needs."""
    if model.state != State.READY:
        retry = {"Retry-After": "2"} if model.state in (State.QUEUED, State.TRAINING) else None
        raise ModelNotReady(
            f"The model is {model.state}; poll GET /v1/models/{{id}} until it is ready.", headers=retry
        )
    if datasets.by_id(session, account.id, model.dataset_id) is None:
        raise RecordsDeleted(
            "The dataset that the model was trained on is deleted; upload it and train again."
        )
    if asked.held_out is not None:
        check_alike(model, owned(session, account, asked.held_out))
    elif model.held_out is None:
        raise NothingHeldOut(
            "All records were trained on: name a dataset that the model never saw as held_out, "
            "or train with a holdout."
        )


def check_alike(model: Model, held_out: Dataset) -> None:
    if held_out.features != model.features:
        raise OtherRecords(
            f"A record of the model has {model.features} features, one of the held-out dataset "
            f"{held_out.features}; upload records with the same columns."
        )
    if not set(held_out.classes) & set(model.classes):
        raise OtherRecords("No class of the held-out dataset is one of the model's; use the same labels.")


def newest(session: Session, account: Account, model_id: str) -> LeakageReport:
    report = repository.newest(session, own(session, account, model_id).id)
    if report is None:
        raise NotFound("The model has no report yet; POST to this path for one.")
    return report


def document(report: LeakageReport) -> ReportDocument:
    columns = {name: getattr(report, name) for name in ReportDocument.model_fields if name != "report"}
    return ReportDocument(**columns, report=report.document)
