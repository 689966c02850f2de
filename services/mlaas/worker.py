"""The worker: claims trainings and reports under a lease, runs them on an executor, records their end."""

import logging
import threading
import uuid
from collections.abc import Mapping
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from dataclasses import dataclass, field
from functools import cached_property
from time import monotonic
from typing import Any, NamedTuple

from services.database import Database
from services.mlaas.database import now_ms
from services.mlaas.datasets.tables import Dataset
from services.mlaas.executors import ClusterLost, make_executor
from services.mlaas.jobs import repository
from services.mlaas.jobs.tables import Job
from services.mlaas.leakage.tables import LeakageReport, ReportState
from services.mlaas.leakage.task import Finding, ReportTask, Rows, assess_model
from services.mlaas.models.tables import Model, State
from services.mlaas.profile import Profile
from services.mlaas.settings import Settings
from services.mlaas.storage import Storage, storage_at
from services.mlaas.task import Outcome, Task, run

LOOK_AGAIN_S = 0.1
RENEWALS_A_LEASE = 6
SIGN_OF_LIFE = "worker.alive"  # touched at every renewal, for health checks

log = logging.getLogger(__name__)


class Kind(NamedTuple):
    """What the customer sees of a job that is under way, that failed, that was begun too often."""

    begun: str
    failed: str
    gave_up: str


TRAINING = Kind(
    State.TRAINING,
    "The training failed; check the records, or ask the operator and name this model.",
    "The training did not end in several attempts; train on fewer records, or ask the operator.",
)
REPORT = Kind(
    ReportState.RUNNING,
    "The assessment failed; check the held-out records, or ask the operator and name this model.",
    "The assessment did not end in several attempts; ask for fewer shadows, or ask the operator.",
)


@dataclass
class Worker:
    """One supervisor of N training processes. Several may share a database."""

    settings: Settings
    database: Database
    profiles: Mapping[str, Profile]
    executor_spec: str
    owner: str = field(default_factory=lambda: f"worker-{uuid.uuid4()}")

    def work(self, stop: threading.Event) -> None:
        """Until `stop` is set; then unfinished jobs go back to the queue. Raises ClusterLost."""
        self.running: dict[Future[Outcome | Finding], Job] = {}
        self.suspects = 0
        self.executor, self.slots = make_executor(self.executor_spec)
        renew_at = 0.0
        try:
            while not stop.is_set():
                if monotonic() >= renew_at:
                    self.renew()
                    renew_at = monotonic() + self.settings.lease_s / RENEWALS_A_LEASE
                self.begin_jobs()
                self.end_jobs(stop)
        finally:
            self.executor.shutdown(wait=False, cancel_futures=True)
            with self.database.write() as session:
                repository.release(session, self.owner)

    @cached_property
    def storage(self) -> Storage:
        return storage_at(self.settings.storage, self.settings.data)

    @property
    def lease_ms(self) -> int:
        return int(self.settings.lease_s * 1000)

    def renew(self) -> None:
        (self.settings.data / SIGN_OF_LIFE).touch()
        with self.database.write() as session:
            repository.renew(session, self.owner, self.lease_ms)

    def begin_jobs(self) -> None:
        """Claim a job for every idle process, and one more each, so that none waits for the database.

        After a process died it is one job at a time, until as many have ended as were lost: the one that
        kills its process then takes no other with it.
        """
        wanted = (1 if self.suspects else 2 * self.slots()) - len(self.running)
        if wanted <= 0 or not self.waiting():
            return
        with self.database.write() as session:
            jobs = repository.claim(session, self.owner, wanted, self.lease_ms)
            for job in jobs:
                if job.attempt > self.settings.attempts:
                    fail(job, session.get_one(*subject(job)), kind(job).gave_up)
                else:
                    session.get_one(*subject(job)).state = kind(job).begun
        for job in jobs:
            if not job.ended and not self.begin(job):
                return

    def begin(self, job: Job) -> bool:
        """False when the processes had died: then all that was claimed is back in the queue."""
        with self.database.read() as session:
            model = session.get_one(Model, job.model_id)
        if model.profile not in self.profiles:
            log.error("model %s needs the profile %s, which is not here", model.id, model.profile)
            self.record(job, None)
            return True
        try:
            if job.report_id is None:
                self.running[self.executor.submit(run, self.task(model))] = job
            else:
                self.running[self.executor.submit(assess_model, self.report_task(job, model))] = job
        except BrokenExecutor:
            self.begin_again()
            return False
        return True

    def waiting(self) -> bool:
        """A look without the write lock, which the ledger wants."""
        with self.database.read() as session:
            return repository.any_free(session)

    def task(self, model: Model) -> Task:
        with self.database.read() as session:
            shape = session.get_one(Dataset, model.dataset_id).shape
        return Task(
            profile=self.profiles[model.profile],
            options=model.options,
            storage=self.storage,
            dataset_id=model.dataset_id,
            rows=model.rows,
            shape=None if shape is None else tuple(shape),
            seed=model.seed,
            device=self.settings.device,
            precision=self.settings.precision,
            trained=model.artifact,
        )

    def report_task(self, job: Job, model: Model) -> ReportTask:
        with self.database.read() as session:
            report = session.get_one(LeakageReport, job.report_id)
            training = session.get_one(Dataset, model.dataset_id)
            held_out = session.get_one(Dataset, report.held_out_id or model.dataset_id)
        assert model.artifact is not None
        return ReportTask(
            profile=self.profiles[model.profile],
            options=model.options,
            profiles=self.profiles,
            training=Rows(training.id, model.rows, training.classes),
            held_out=Rows(
                held_out.id,
                None if report.held_out_id else model.held_out,
                held_out.classes,
            ),
            shape=None if training.shape is None else tuple(training.shape),
            classes=model.classes,
            training_seed=model.seed,
            artifact=model.artifact,
            guard=model.guard,
            choice=model.choice or {},
            storage=self.storage,
            shadows=report.shadows,
            seed=report.seed,
            device=self.settings.device,
            precision=self.settings.precision,
        )

    def end_jobs(self, stop: threading.Event) -> None:
        if not self.running:
            stop.wait(LOOK_AGAIN_S)
            return
        for future in wait(self.running, LOOK_AGAIN_S, FIRST_COMPLETED).done:
            job = self.running.pop(future)
            self.suspects = max(0, self.suspects - 1)
            outcome = None
            try:
                outcome = future.result()
            except BrokenExecutor:
                self.begin_again()
                return
            except ClusterLost:
                raise  # and all jobs go back to the queue
            except Exception as error:
                log.error("a job of model %s failed", job.model_id, exc_info=error)
            self.record(job, outcome)

    def record(self, job: Job, outcome: Outcome | Finding | None) -> None:
        """How a job ended, unless it is no longer ours: cancelled, or given to another after a lapse."""
        with self.database.write() as session:
            held = repository.held(session, job.id, self.owner, job.attempt)
            if held is None:
                return
            about = session.get_one(*subject(job))
            if outcome is None:
                fail(held, about, kind(job).failed)
            elif isinstance(outcome, Finding) and outcome.refusal is not None:
                fail(held, about, outcome.refusal)
            else:
                held.ended = True
                about.state, about.ended_at = State.READY, now_ms()
                for name, value in outcome.columns().items():
                    setattr(about, name, value)

    def begin_again(self) -> None:
        """A process died: new processes, and every job of the old ones back in the queue."""
        log.error("a process died; its jobs are begun again")
        self.suspects = len(self.running) + 1
        self.executor.shutdown(wait=False, cancel_futures=True)
        self.running.clear()
        with self.database.write() as session:
            repository.lapse(session, self.owner)
        self.executor, self.slots = make_executor(self.executor_spec)


def kind(job: Job) -> Kind:
    return TRAINING if job.report_id is None else REPORT


def subject(job: Job) -> tuple[type[Any], str]:
    """The table and the key of the row that a job is about."""
    return (Model, job.model_id) if job.report_id is None else (LeakageReport, job.report_id)


def fail(job: Job, about: Model | LeakageReport, reason: str) -> None:
    job.ended = True
    about.state, about.error, about.ended_at = State.FAILED, reason, now_ms()
