"""Who may do what: a row for every route of both services, with what each kind of caller is answered.

Callers who cannot be known (with no key, a malformed, a wrong or a revoked one) are one kind: nobody. What
is somebody else's does not exist: 404, and never 403.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI

NOT_HERE = 404


@dataclass(frozen=True)
class Row:
    """The status for the object's owner, for nobody, and so on.

    shared: for another account, of an object that is shared. `stranger`, of one that is not, is an
    operator's status too, unless it has one of its own.
    """

    owner: int
    nobody: int
    stranger: int
    predict_only: int
    shared: int = NOT_HERE
    operator: int | None = None

    @property
    def admin(self) -> int:
        return self.stranger if self.operator is None else self.operator


def everybody(status: int) -> Row:
    return Row(status, status, status, status, shared=status)


def customers(status: int) -> Row:
    """Each for itself."""
    return Row(status, nobody=401, stranger=status, predict_only=403)


def owned(status: int, *, predict_only: int = 403, shared: int = NOT_HERE) -> Row:
    return Row(status, nobody=401, stranger=NOT_HERE, predict_only=predict_only, shared=shared)


def operators(status: int) -> Row:
    return Row(403, nobody=401, stranger=403, predict_only=403, operator=status)


GOOGLE = "/prediction/v1.6/projects/{project}/trainedmodels"
MODELS_READERS = owned(200, predict_only=200, shared=200)  # and those who may ask it


def at_amazon(*, stranger: int = 400, predict_only: int = 400, shared: int = 400) -> Row:
    """An operation, which is named after the path. Amazon's refusals are 400, whatever they are about."""
    return Row(200, nobody=400, stranger=stranger, predict_only=predict_only, shared=shared)


AT_PROVIDER: Mapping[str, Row] = {
    "GET /openapi.json": everybody(200),
    "HEAD /openapi.json": everybody(200),
    "GET /livez": everybody(200),
    "GET /readyz": everybody(200),
    "GET /v1": everybody(200),
    "POST /v1/accounts": everybody(201),
    "GET /v1/profiles": customers(200),
    "POST /v1/keys": customers(201),
    "GET /v1/keys": customers(200),
    "DELETE /v1/keys/{key_id}": owned(204),
    "POST /v1/datasets": customers(201),
    "GET /v1/datasets": customers(200),
    "GET /v1/datasets/{dataset_id}": owned(200),
    "PATCH /v1/datasets/{dataset_id}": owned(200),
    "DELETE /v1/datasets/{dataset_id}": owned(204),
    "POST /v1/models": owned(202),
    "GET /v1/models": customers(200),
    "GET /v1/models/{model_id}": MODELS_READERS,
    "POST /v1/models/{model_id}/predict": MODELS_READERS,
    "PATCH /v1/models/{model_id}": owned(200),
    "POST /v1/models/{model_id}/cancel": owned(200),
    "POST /v1/models/{model_id}/leakage-report": owned(202),
    "GET /v1/models/{model_id}/leakage-report": owned(200),
    "GET /v2": everybody(200),
    "GET /v2/health/live": everybody(200),
    "GET /v2/health/ready": everybody(200),
    "GET /v2/models/{model_id}": MODELS_READERS,
    "GET /v2/models/{model_id}/versions/{version}": MODELS_READERS,
    "GET /v2/models/{model_id}/ready": MODELS_READERS,
    "GET /v2/models/{model_id}/versions/{version}/ready": MODELS_READERS,
    "POST /v2/models/{model_id}/infer": MODELS_READERS,
    "POST /v2/models/{model_id}/versions/{version}/infer": MODELS_READERS,
    "GET /discovery/v1/apis/prediction/v1.6/rest": everybody(200),
    f"POST {GOOGLE}": owned(200),
    f"GET {GOOGLE}/list": customers(200),
    f"GET {GOOGLE}/{{model_id}}": MODELS_READERS,
    f"POST {GOOGLE}/{{model_id}}/predict": MODELS_READERS,
    f"GET {GOOGLE}/{{model_id}}/analyze": everybody(501),
    f"PUT {GOOGLE}/{{model_id}}": everybody(501),
    f"DELETE {GOOGLE}/{{model_id}}": owned(204),
    "POST /amazonml#CreateDataSourceFromS3": at_amazon(),
    "POST /amazonml#GetDataSource": at_amazon(),
    "POST /amazonml#DescribeDataSources": at_amazon(stranger=200),
    "POST /amazonml#CreateMLModel": at_amazon(),
    "POST /amazonml#GetMLModel/{model_id}": at_amazon(predict_only=200, shared=200),
    "POST /amazonml/#GetMLModel/{model_id}": at_amazon(predict_only=200, shared=200),
    "POST /amazonml#DescribeMLModels": at_amazon(stranger=200),
    "POST /amazonml#CreateRealtimeEndpoint/{model_id}": at_amazon(shared=200),
    "POST /amazonml#Predict/{model_id}": at_amazon(predict_only=200, shared=200),
    "POST /amazonml#DeleteRealtimeEndpoint/{model_id}": at_amazon(shared=200),
    "POST /amazonml#DeleteMLModel": at_amazon(),
    "POST /amazonml#DeleteDataSource": at_amazon(),
    "GET /": everybody(200),
    "GET /models/{model_id}": owned(200, shared=200),
    "POST /sign-in": everybody(401),  # by a key in a form, which is none here
    "POST /sign-out": everybody(303),
    "DELETE /v1/models/{model_id}": owned(204),
    "GET /v1/usage": customers(200),
    "GET /v1/queries": operators(200),
    "GET /metrics": operators(200),
}


@dataclass(frozen=True)
class Stages:
    """At a challenger, where who has a game's address plays it: statuses before its closing, and after.

    owners: for the game's owner alone.
    """

    before: int
    after: int
    owners: bool = False


def always(status: int) -> Stages:
    return Stages(status, status)


def once_closed(status: int) -> Stages:
    return Stages(409, status)


AT_CHALLENGER: Mapping[str, Stages] = {
    "GET /openapi.json": always(200),
    "HEAD /openapi.json": always(200),
    "GET /livez": always(200),
    "GET /readyz": always(200),
    "GET /v1": always(200),
    "GET /v1/datasets": always(200),
    "POST /v1/uploads": always(201),
    "POST /v1/games": Stages(202, 202, owners=True),  # a twin of a game; others are for all to ask for
    "GET /": always(200),
    "GET /games/{game_id}": always(200),
    "GET /v1/games/{game_id}": always(200),
    "GET /v1/games/{game_id}/candidates": always(200),
    "GET /v1/games/{game_id}/knowledge": always(200),
    "POST /v1/games/{game_id}/submissions": Stages(202, 409),
    "GET /v1/games/{game_id}/submissions/{submission_id}": once_closed(200),
    "GET /v1/games/{game_id}/membership": once_closed(200),
    "GET /v1/games/{game_id}/canaries": once_closed(200),
    "GET /v1/games/{game_id}/generalisation": once_closed(200),
    "GET /v1/games/{game_id}/scoreboard": once_closed(200),
    "POST /v1/games/{game_id}/close": Stages(200, 200, owners=True),  # the last, for it closes
}


def routes_in(table: Iterable[str]) -> set[str]:
    """Without the operations of a route that has many."""
    return {route.partition("#")[0] for route in table}


def routes_of(app: FastAPI) -> set[str]:
    """Every method of every route, those that no document shows too."""
    return {f"{method} {route.path}" for route in leaves(app.routes) for method in route.methods}


def leaves(routes: Any) -> Iterator[Any]:
    for route in routes:
        if (router := getattr(route, "original_router", None)) is None:
            yield route
        else:
            yield from leaves(router.routes)
