from fastapi import APIRouter

from services.mlaas.dependencies import Caller, PartsDep
from services.mlaas.errors import PredictOnly
from services.mlaas.offer.schemas import Health, ProfileList, Service
from services.web.application import check_writable
from services.web.problem import Overloaded, Unauthenticated, responses

router = APIRouter(tags=["service"])


@router.get("/v1")
def describe_service(parts: PartsDep) -> Service:
    """The limits to stay within."""
    return Service(name="mlaas", api_versions=["v1"], limits=parts.settings.limits())


@router.get("/v1/profiles", responses=responses(Unauthenticated, PredictOnly))
def list_profiles(parts: PartsDep, account: Caller) -> ProfileList:
    """The black boxes on offer."""
    return ProfileList(items=[profile.public() for _, profile in sorted(parts.profiles.items())])


@router.get("/livez")
def is_alive() -> Health:
    """The process is up."""
    return Health(status="alive")


@router.get("/readyz", responses=responses(Overloaded))
def is_ready(parts: PartsDep) -> Health:
    """The database can be written to and the ledger is at work."""
    check_writable(parts.database)
    if not parts.ledger.alive:
        raise Overloaded("The ledger is not at work; restart the service.")
    return Health(status="ready")
