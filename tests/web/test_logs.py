"""What a server logs: an object a line, and nothing of what it was sent, however it fails."""

import json
import logging
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from live import Customer, challenger, eventually, provider

from services.parties import wait_for_url
from services.web import logs
from services.web.keys import new_key

UNLUCKY = Path(__file__).with_name("unlucky.py")
BODY, HEADER, QUERY, PATH = "marker-body", "marker-header", "marker-query", "marker-path"
ALWAYS = {"time", "level", "logger", "message"}


@pytest.fixture(scope="module")
def unlucky(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A server that fails with all that it is sent, and its log."""
    folder = tmp_path_factory.mktemp("unlucky")
    with (folder / "log").open("wb") as log:
        command = [sys.executable, str(UNLUCKY), str(folder)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=log, stderr=log) as process:
            yield wait_for_url(process, folder), folder / "log"
            assert process.stdin is not None
            process.stdin.close()


def events(log: Path) -> list[dict[str, Any]]:
    """Every line of the log; each is an object."""
    lines = [line for line in log.read_text().splitlines() if not line.startswith("listening on ")]
    found = [json.loads(line) for line in lines]
    assert all(one.keys() >= ALWAYS for one in found)
    return found


def secrets_in(log: Path, *secrets: str) -> list[str]:
    return [one for one in (BODY, HEADER, QUERY, PATH, *secrets) if one in log.read_text()]


FAILURES = {
    "raises": (500, "RuntimeError"),
    "database": (500, "sqlalchemy.exc.IntegrityError"),
    "away": (503, "cannot be used (no such table: nowhere)"),
    "library": (200, "It failed for"),
    "thread": (200, "a thread ended by an error that nobody caught"),
    "task": (200, "Task exception was never retrieved"),
    "told": (200, "They say: Bearer [key]"),
}


@pytest.mark.parametrize("way", FAILURES)
def test_however_a_request_fails_nothing_that_was_sent_is_logged(unlucky: tuple[str, Path], way: str) -> None:
    (url, log), (status, told) = unlucky, FAILURES[way]
    key, _ = new_key("pk", "a-1")
    answer = httpx.post(
        f"{url}/{way}?asked={QUERY}",
        content=BODY,
        headers={"Authorization": f"Bearer {key}", "X-One": HEADER},
    )
    assert answer.status_code == status
    own = answer.headers["x-request-id"]
    [line] = eventually(lambda: [one for one in events(log) if "route" in one and one["request_id"] == own])
    assert told in log.read_text()
    assert secrets_in(log, key) == []
    assert (line["method"], line["route"], line["status"]) == ("POST", f"/{way}", status)


def test_an_error_is_told_by_its_type_its_causes_and_its_places(unlucky: tuple[str, Path]) -> None:
    url, log = unlucky
    wish = str(uuid.uuid4())
    httpx.post(f"{url}/raises", content=BODY, headers={"X-Request-ID": wish})
    [line] = [one for one in events(log) if one.get("request_id") == wish and "errors" in one]
    assert [error["type"] for error in line["errors"]] == ["RuntimeError", "ValueError"]
    assert any(
        place.startswith("__main__:") and place.endswith(" raises") for place in line["errors"][0]["places"]
    )
    assert line["level"] == "error"


def test_what_is_no_http_at_all_is_not_repeated(unlucky: tuple[str, Path]) -> None:
    url, log = unlucky
    with socket.create_connection((httpx.URL(url).host, httpx.URL(url).port or 0)) as raw:
        raw.sendall(f"{BODY} {HEADER}\r\n\r\n".encode())
        raw.recv(1_000)
    assert "Invalid HTTP request received." in {one["message"] for one in events(log)}
    assert secrets_in(log) == []


def send_everything(client: httpx.Client) -> int:
    """To every route of its document, with markers wherever there can be any; how many were sent."""
    sent = 0
    headers = {"X-One": HEADER, "Idempotency-Key": HEADER, "Prefer": HEADER}
    for path, operations in client.get("/openapi.json").json()["paths"].items():
        for name in ("{model_id}", "{dataset_id}", "{game_id}", "{submission_id}", "{report_id}"):
            path = path.replace(name, PATH)
        for method in operations:
            for kind, body in (
                ("application/json", json.dumps({"name": BODY, "id": BODY, "instances": [[BODY]]})),
                ("application/x-npy", BODY),
                ("text/csv", f"label,{BODY}\n1,2\n{BODY},{BODY}\n"),
            ):
                query = {"page_token": QUERY, "name": QUERY, QUERY: QUERY}
                client.request(
                    method, path, params=query, content=body, headers={**headers, "Content-Type": kind}
                )
                sent += 1
    client.get(f"/{PATH}")
    return sent + 1


def test_no_route_of_the_provider_logs_what_it_was_sent(tmp_path: Path) -> None:
    key, _ = new_key("pk", "a-1")
    with provider(tmp_path, "--workers", "0") as url, Customer(url) as known, Customer(url, key) as unknown:
        sent = send_everything(known) + send_everything(unknown)
        account, _, secret = known.key.removeprefix("pk_").partition(".")
    found = events(tmp_path / "log")
    assert secrets_in(tmp_path / "log", key, secret) == []
    assert sum(one["message"] == "request" for one in found) >= sent / 2  # answered predictions are not here
    assert {one["account_id"] for one in found if one.get("route") == "/v1/usage"} == {account, None}


def test_no_route_of_the_challenger_logs_what_it_was_sent(tmp_path: Path) -> None:
    key, _ = new_key("ok", "g-1")
    with challenger(tmp_path) as url, httpx.Client(base_url=url, timeout=60) as client:
        client.headers["Authorization"] = f"Bearer {key}"
        send_everything(client)
    assert secrets_in(tmp_path / "log", key) == []
    assert {one["route"] for one in events(tmp_path / "log")} > {
        None,
        "/v1/games",
        "/v1/games/{game_id}/close",
    }


def test_a_client_that_hangs_up_is_no_fault_of_ours(tmp_path: Path) -> None:
    with challenger(tmp_path) as url:
        with socket.create_connection((httpx.URL(url).host, httpx.URL(url).port or 0)) as raw:
            head = "POST /v1/games HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n"
            raw.sendall(f"{head}Content-Length: 9\r\n\r\n{{".encode())
        asked = eventually(
            lambda: [one for one in events(tmp_path / "log") if one.get("route") == "/v1/games"]
        )
    assert [(one["status"], one["level"]) for one in asked] == [(0, "info")]
    assert [one for one in events(tmp_path / "log") if one["level"] == "error"] == []


def test_on_a_terminal_a_line_is_for_people() -> None:
    record = logging.LogRecord("services.x", logging.ERROR, __file__, 1, "%s failed", ("it",), None)
    record.fields = {"status": 500}
    told = logs.ForPeople().format(record)
    assert told.endswith("error services.x it failed status=500")
    assert orjson.loads(logs.AsJson().format(record))["status"] == 500


def test_a_traceback_from_another_process_keeps_its_places_and_no_text() -> None:
    ours, sent = f'  File "{__file__}", line 7, in work\n', f'  File "{BODY}", line 1, in x\n'
    text = f"Traceback:\n{ours}ValueError: {BODY}\n{sent}"
    assert logs.places_in(text) == [f"{Path(__file__).name}:7 work"]
