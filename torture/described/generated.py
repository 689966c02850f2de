"""Requests that an OpenAPI document describes, and some that it does not, sent: what came of each is checked.

By schemathesis: an answer must be as the document says, and none is a server's error.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import requests  # noqa: TID251  what schemathesis sends with
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode, Response
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from services.web.bodies import NPY, encode_npy
from torture.customers.asking import FEATURES
from torture.described.narrowed import Schema
from torture.described.plans import Answers, Plan

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
LONGEST_ERROR = 65_536  # bytes
PATIENCE_S = 120.0
LONGEST_TOLD = 300
Request = Case[Any]


def ask(plan: Plan) -> Answers:
    answers, cases = Answers(), st.one_of([all_of(document) for document in plan.documents])
    with requests.Session() as session:

        @seed(plan.seed)
        @settings(
            max_examples=plan.requests,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        )
        @given(cases, st.sampled_from(plan.keys))
        def send(case: Request, key: str | None) -> None:
            headers = {} if key is None else {"Authorization": f"Bearer {key}"}
            sent(case, plan.url, session, headers, answers)

        send()
    return answers


def all_of(document: Schema) -> st.SearchStrategy[Request]:
    """Requests of every operation, as described and otherwise, as often."""
    schema = schemathesis.openapi.from_dict(dict(document))
    operations = [operation for path in schema for operation in schema[path].values()]
    return st.one_of([one.as_strategy(generation_mode=mode) for one in operations for mode in GenerationMode])


def sent(
    case: Request, url: str, session: requests.Session, headers: dict[str, str], answers: Answers
) -> None:
    label = case.operation.label
    try:
        response = case.call(
            base_url=url, session=session, headers=headers, timeout=PATIENCE_S, allow_redirects=False
        )
    except requests.RequestException as error:
        answers.wrong.append(f"{label}: no answer ({str(error)[:LONGEST_TOLD]})")
        return
    answers.statuses[label, response.status_code] += 1
    if response.status_code >= 400 and len(response.content) > LONGEST_ERROR:
        answers.wrong.append(f"{label}: an error of {len(response.content)} bytes")
    answers.wrong += [f"{label}: {told}" for told in failures(case, response)]


def failures(case: Request, response: Response) -> list[str]:
    """What is not as the document says."""
    try:
        case.validate_response(response, checks=CHECKS)
    except BaseExceptionGroup as group:
        answer = response.content[:LONGEST_TOLD].decode(errors="replace")
        return [f"{response.status_code}: {' '.join(str(one).split())}: {answer}" for one in group.exceptions]
    return []


@st.composite
def npy_bodies(draw: Callable[..., Any]) -> bytes:
    """Records as they may be, with and without labels, and bytes that are none."""
    columns = draw(st.sampled_from([FEATURES, FEATURES + 1, 1]))
    kind = draw(st.sampled_from(["f4", "f8", "i4", "u1", "?", "c8"]))
    rows = draw(st.integers(0, 20))
    values = draw(st.lists(st.integers(0, 3), min_size=rows * columns, max_size=rows * columns))
    return encode_npy(np.array(values, dtype=kind).reshape(rows, columns))


CELLS = st.sampled_from(["0", "1", "0.5", "-3", "cat", "", "1e400", "nan", '"', "=1+1"])
LINES = st.lists(st.lists(CELLS, min_size=1, max_size=FEATURES + 2).map(",".join), max_size=20)
schemathesis.openapi.media_type(NPY, st.one_of(npy_bodies(), st.binary(max_size=200)))
schemathesis.openapi.media_type("text/csv", LINES.map(lambda lines: "\n".join(lines).encode()))
