"""The worker: claims trainings and reports under a lease, runs them on an executor, records their end."""

import logging
import threading
import uuid
from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from time import monotonic
from typing import Any, NamedTuple

from services.database import Database
from services.mistake import DatabaseAway, of_the_machine
from services.mlaas.database import now_ms
from services.mlaas.datasets.tables import Dataset
from services.mlaas.errors import Damaged
from services.mlaas.executors import ClusterLost, make_executor
from services.mlaas.jobs import repository
from services.mlaas.jobs.leases import Watch
from services.mlaas.jobs.tables import Job
from services.mlaas.leakage.tables import LeakageReport, ReportState
from services.mlaas.leakage.task import Finding, ReportTask, Rows, assess_model
from services.mlaas.leftovers import sweep
from services.mlaas.models import repository as models
from services.mlaas.models.tables import Model, State
from services.mlaas.processes import CallLimits, OverLimit, Processes
from services.mlaas.profile import Profile
from services.mlaas.settings import Settings
from services.mlaas.storage import Storage, storage_at
from services.mlaas.task import Outcome, Task, run

LOOK_AGAIN_S = 0.1
AWAY_S = 1.0
PUT_OFF_S = 5.0
SWEEP_AGAIN_S = 86_400.0
RENEWALS_A_LEASE = 6
SIGN_OF_LIFE = "worker.alive"  # touched at every renewal, for health checks

log = logging.getLogger(__name__)


class Kind(NamedTuple):
    """What the customer sees of a job: under way, failed, begun too often, ended for taking too much."""

    begun: str
    failed: str
    gave_up: str
    ended: str


TRAINING = Kind(
    State.TRAINING,
    "The training failed; check the records, or ask the operator and name this model.",
    "The training did not end in several attempts; train on fewer records, or ask the operator.",
    "The training {}; train on fewer records.",
)
REPORT = Kind(
    ReportState.RUNNING,
    "The assessment failed; check the held-out records, or ask the operator and name this model.",
    "The assessment did not end in several attempts; ask for fewer shadows, or ask the operator.",
    "The assessment {}; ask for fewer shadows, or have a model trained on fewer records assessed.",
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
        """Until `stop` is set; then unfinished jobs go back to the queue. Raises ClusterLost.

        While the database is away the trainings go on, and are recorded when it is back.
        """
        self.running: dict[Future[Outcome | Finding], Job] = {}
        self.renew_at = self.sweep_at = self.begin_at = 0.0
        self.executor, self.slots = make_executor(self.executor_spec, self.limits)
        blameless = False  # the jobs: one that ends its worker is not begun for ever
        try:
            while not stop.is_set():
                self.work_for_a_while(stop)
            blameless = True
        except ClusterLost:
            blameless = True
            raise
        finally:
            self.executor.shutdown(wait=False, cancel_futures=True)
            self.give_back(blameless)

    def work_for_a_while(self, stop: threading.Event) -> None:
        try:
            self.do_what_is_due()
            self.begin_jobs()
            self.end_jobs(stop)
        except DatabaseAway as error:
            log.error("%s", error)
            self.watch.forget()  # nobody could renew a lease, either
            stop.wait(AWAY_S)

    @cached_property
    def storage(self) -> Storage:
        return storage_at(self.settings.storage, self.settings.data)

    @cached_property
    def watch(self) -> Watch:
        return Watch(self.settings.lease_s)

    @property
    def limits(self) -> CallLimits:
        return CallLimits(self.settings.job_s, self.settings.job_bytes)

    @property
    def lease_ms(self) -> int:
        return int(self.settings.lease_s * 1000)

    def do_what_is_due(self) -> None:
        now = monotonic()
        if now >= self.sweep_at:
            sweep(self.storage, self.database)
            self.sweep_at = now + SWEEP_AGAIN_S
        if now >= self.renew_at:
            self.renew()
            self.renew_at = now + self.settings.lease_s / RENEWALS_A_LEASE

    def renew(self) -> None:
        """Of what is running; what was claimed and could not be begun lapses."""
        with suppress(OSError):  # where there is no room for it, all is not well
            (self.settings.data / SIGN_OF_LIFE).touch()
        if running := [job.id for job in self.running.values()]:
            with self.database.write() as session:
                repository.renew(session, self.owner, running, self.lease_ms)
                wanted = repository.still_held(session, self.owner, running)
            self.drop([future for future, job in self.running.items() if job.id not in wanted])

    def drop(self, cancelled: Sequence[Future[Outcome | Finding]]) -> None:
        """Of jobs that the customer has cancelled, or that lapsed: on a cluster they are let run."""
        if isinstance(self.executor, Processes):
            for future in cancelled:
                self.executor.drop(future)
                del self.running[future]

    def begin_jobs(self) -> None:
        """Claim a job for every idle process, and one more each, so that none waits for the database."""
        wanted = 2 * self.slots() - len(self.running)
        if wanted <= 0 or monotonic() < self.begin_at:
            return
        with self.database.read() as session:  # without the write lock, which the ledger wants
            lapsed = self.watch.lapsed(repository.leases(session))
            free = repository.next_free(session, wanted, lapsed)
        if not free:
            return
        with self.database.write() as session:
            lapsed = self.watch.lapsed(repository.leases(session))  # some may be renewed by now
            jobs = repository.claim(session, self.owner, free, self.lease_ms, lapsed)
            for job in jobs:
                if job.attempt > self.settings.attempts:
                    fail(job, session.get_one(*subject(job)), kind(job).gave_up)
                else:
                    session.get_one(*subject(job)).state = kind(job).begun
        for job in jobs:
            if not job.ended:
                self.begin_or_fail(job)

    def begin_or_fail(self, job: Job) -> None:
        """A job that cannot be begun here ends; all others go on."""
        try:
            self.begin(job)
        except DatabaseAway:
            raise
        except Exception as error:
            log.error("a job of model %s cannot be begun", job.model_id, exc_info=error)
            self.record(job, None)

    def begin(self, job: Job) -> None:
        with self.database.read() as session:
            model = models.with_rows(session, job.model_id)
        if model.profile not in self.profiles:
            log.error("model %s needs the profile %s, which is not here", model.id, model.profile)
            self.record(job, None)
        elif job.report_id is None:
            self.running[self.executor.submit(run, self.task(model))] = job
        else:
            self.running[self.executor.submit(assess_model, self.report_task(job, model))] = job

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
            job, outcome, reason = self.running[future], None, ""
            try:
                outcome = future.result()
            except BrokenExecutor:
                log.error("the process of a job of model %s died; it is begun again", job.model_id)
                self.put_back(future)
                continue
            except ClusterLost:
                raise  # and all jobs go back to the queue
            except Exception as error:
                log.error("a job of model %s failed", job.model_id, exc_info=error)
                if of_the_machine(error):  # the disk did not take what it came to: there may be room later
                    self.begin_at = monotonic() + PUT_OFF_S
                    self.put_back(future, counted=False)
                    continue
                reason = reason_of(error, kind(job))
            self.record(job, outcome, reason)
            del self.running[future]  # not before: the database may be away

    def put_back(self, future: Future[Outcome | Finding], *, counted: bool = True) -> None:
        """`counted`: the attempt is one of those that a job may have."""
        job = self.running[future]
        with self.database.write() as session:
            if (held := repository.held(session, job.id, self.owner, job.attempt)) is not None:
                queue_again(held, session.get_one(*subject(job)))
                held.attempt -= not counted
        del self.running[future]

    def record(self, job: Job, outcome: Outcome | Finding | None, reason: str = "") -> None:
        """How a job ended, unless it is no longer ours: cancelled, or given to another after a lapse.

        `reason`: why it failed, where the customer may know more than that it did.
        """
        with self.database.write() as session:
            held = repository.held(session, job.id, self.owner, job.attempt)
            if held is None:
                return
            about = session.get_one(*subject(job))
            if outcome is None:
                fail(held, about, reason or kind(job).failed)
            elif isinstance(outcome, Finding) and outcome.refusal is not None:
                fail(held, about, outcome.refusal)
            else:
                held.ended = True
                about.state, about.ended_at = State.READY, now_ms()
                for name, value in outcome.columns().items():
                    setattr(about, name, value)

    def give_back(self, blameless: bool) -> None:
        """What is unfinished; as if it had not been begun, where it was not what ended the work."""
        try:
            with self.database.write() as session:
                for job in repository.held_by(session, self.owner):
                    queue_again(job, session.get_one(*subject(job)))
                    job.attempt -= blameless
        except DatabaseAway as error:
            log.error("%s; the jobs are given to another when their leases end", error)


def kind(job: Job) -> Kind:
    return TRAINING if job.report_id is None else REPORT


def reason_of(error: Exception, kind: Kind) -> str:
    """What the customer may know of it beyond that it happened."""
    if isinstance(error, OverLimit):
        return kind.ended.format(error)
    if isinstance(error, MemoryError):
        return kind.ended.format("needed more memory than there is")
    return error.detail if isinstance(error, Damaged) else ""


def subject(job: Job) -> tuple[type[Any], str]:
    """The table and the key of the row that a job is about."""
    return (Model, job.model_id) if job.report_id is None else (LeakageReport, job.report_id)


def queue_again(job: Job, about: Model | LeakageReport) -> None:
    job.lease_owner, job.lease_expires_at = None, 0
    about.state = State.QUEUED


def fail(job: Job, about: Model | LeakageReport, reason: str) -> None:
    job.ended = True
    about.state, about.error, about.ended_at = State.FAILED, reason, now_ms()
    if isinstance(about, Model):
        about.forget_rows()
