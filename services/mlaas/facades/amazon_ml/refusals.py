"""Refusals under the names of Amazon's exceptions, which its clients raise."""

from starlette.responses import JSONResponse, Response
from starlette.types import Scope

from services.mlaas.errors import (
    ModelExists,
    ModelNotReady,
    QuotaExceeded,
    RateLimited,
    StorageFull,
    TooManyJobs,
    TooManyRequests,
)
from services.web.problem import (
    Conflict,
    Forbidden,
    InvalidRequest,
    NotFound,
    Overloaded,
    Problem,
    Unauthenticated,
)

MEDIA_TYPE = "application/x-amz-json-1.1"
REFUSED, AWAY = 400, 503
CODE = 1  # that there is a number is documented, and none of the numbers
KEY = "The access key id is an account's API key here; POST /v1/accounts gives one."


class UnknownOperation(InvalidRequest):
    """Amazon has no such operation either."""


class Mismatch(Conflict):
    """The id was used for another request."""


class NotMounted(Conflict):
    """The account has no real-time endpoint of the model."""


# The first that fits; what is of no kind here is an InvalidInputException.
EXCEPTIONS: tuple[tuple[tuple[type[Problem], ...], str], ...] = (
    ((Unauthenticated,), "UnrecognizedClientException"),
    ((UnknownOperation,), "UnknownOperationException"),
    ((StorageFull, TooManyJobs, QuotaExceeded), "LimitExceededException"),
    ((RateLimited, TooManyRequests), "ThrottlingException"),
    ((Forbidden,), "AccessDeniedException"),
    ((NotFound,), "ResourceNotFoundException"),
    ((Mismatch, ModelExists), "IdempotentParameterMismatchException"),
    ((NotMounted, ModelNotReady), "PredictorNotMountedException"),
    ((Overloaded,), "InternalServerException"),
)


def refuse(scope: Scope, problem: Problem) -> Response:
    """Everything is 400, but for what is not the customer's mistake."""
    name = next((name for kinds, name in EXCEPTIONS if isinstance(problem, kinds)), "InvalidInputException")
    message = KEY if isinstance(problem, Unauthenticated) else problem.detail
    status = AWAY if isinstance(problem, Overloaded) else REFUSED
    document = {"__type": name, "message": message, "code": CODE}
    return JSONResponse(document, status, problem.headers, MEDIA_TYPE)
