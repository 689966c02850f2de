"""A trained model served under another profile that trains alike: new answers, the same weights."""

from services.mlaas.accounts.tables import Account
from services.mlaas.database import now_ms
from services.mlaas.datasets.service import check_room, owned
from services.mlaas.defence import DEFENCES
from services.mlaas.dependencies import Parts
from services.mlaas.errors import ModelNotReady, OtherRecipe
from services.mlaas.ids import new_id
from services.mlaas.jobs.allowance import check_one_more
from services.mlaas.jobs.tables import Job
from services.mlaas.models.schemas import NewModel
from services.mlaas.models.service import asked_before, digest, own, profile_named
from services.mlaas.models.tables import Model, State
from services.mlaas.profile import Profile

# All that the training left behind, and what it was trained on.
SHARED = (
    "account_id",
    "dataset_id",
    "options",
    "rows",
    "held_out",
    "training_rows",
    "holdout",
    "seed",
    "features",
    "classes",
    "artifact",
    "model_type",
    "choice",
)


def serve(parts: Parts, account: Account, asked: NewModel) -> Model:
    """A model of its own with the base's training, ready at once but where a defence has to learn first.

    The same request with the same id is answered by the same model. That two profiles train alike is thereby
    told, and is meant to be.
    """
    assert asked.served_from is not None
    request_sha256 = digest(asked)
    with parts.database.write() as session:
        if known := asked_before(session, account, asked, request_sha256):
            return known
        base = own(session, account, asked.served_from)
        profile = profile_named(asked.profile, parts.profiles)
        check(base, parts.profiles.get(base.profile), profile)
        now = now_ms()
        model = Model(
            **{name: getattr(base, name) for name in SHARED},
            id=asked.id or new_id("m"),
            request_sha256=request_sha256,
            profile=profile.name,
            served_from=base.id,
            guard=base.guard if same_guard(parts.profiles[base.profile], profile) else None,
            visibility="private",
            state=State.READY,
            created_at=now,
            ended_at=now,
        )
        check_room(session, account.id, parts.settings, count=model.bytes_of_rows)
        session.add(model)
        if learns(profile) and model.guard is None:
            check_one_more(session, account.id, parts.settings.account_jobs)
            owned(session, account, base.dataset_id)  # what it learns from; deleted meanwhile?
            model.state, model.ended_at = State.QUEUED, None
            session.flush()
            session.add(
                Job(model_id=model.id, dataset_id=base.dataset_id, attempt=0, lease_expires_at=0, ended=False)
            )
    return model


def check(base: Model, trained_under: Profile | None, profile: Profile) -> None:
    """Raises OtherRecipe and ModelNotReady."""
    if trained_under is None or trained_under.recipe != profile.recipe:
        raise OtherRecipe("The profile trains another way; have a model trained under it.")
    if base.state != State.READY:
        retry = {"Retry-After": "2"} if base.state in (State.QUEUED, State.TRAINING) else None
        raise ModelNotReady(
            f"The model to serve from is {base.state}; poll GET /v1/models/{{id}} until it is ready.",
            headers=retry,
        )


def learns(profile: Profile) -> bool:
    return any(DEFENCES.load(each.defence).learns for each in profile.defences)


def same_guard(base: Profile, profile: Profile) -> bool:
    """Whether what the base's defences learned is what the profile's would learn."""
    return base.defences == profile.defences
