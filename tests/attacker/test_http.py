import socket
import time
import tracemalloc
from contextlib import suppress
from threading import Thread

import httpx
import numpy as np
import pytest

from attacker.client.http import FIRST_ATTEMPTS, LONGEST_PAUSE_S, Http, retry_after
from attacker.client.provider import Provider, probabilities
from attacker.client.url import checked_url
from attacker.errors import (
    ConfigurationError,
    NotFound,
    QuotaExceeded,
    RateLimited,
    ServiceRefused,
    ServiceUnreachable,
    UnexpectedAnswer,
)
from attacker.game import Game
from torture.wire.proxy import passed, proxy

RECORDS = np.zeros((25, 20), np.uint8)


def ask(provider, key="k"):
    return provider.predict("m-target", RECORDS, 3, key)


def test_an_answer_that_was_lost_is_asked_again_and_charged_once(service, provider):
    provider.limits()  # the host is known to answer
    service.fail("/predict", "reset_answer", times=2)
    answer, moved = ask(provider)
    assert answer.shape == (25, 3)
    assert service.seen("/predict") == 3
    assert service.world()["usage"] == {"m-target": [1, 25]}
    assert moved > RECORDS.nbytes + answer.nbytes


def test_a_busy_service_is_given_the_time_it_asks_for(service, provider, http):
    service.fail("/predict", "busy", times=2)
    assert ask(provider)[0].shape == (25, 3)
    assert len(http.pauses) == 2
    assert min(http.pauses) >= 0.25


@pytest.mark.parametrize(
    ("wish", "seconds"),
    [
        ("7", 7.0),
        ("Wed, 21 Oct 2015 07:28:09 GMT", 9.0),
        ("Wed, 21 Oct 2015 07:27:00 GMT", 0.0),
        ("1000000", LONGEST_PAUSE_S),
        ("nan", None),
        ("soon", None),
    ],
)
def test_a_service_may_wish_for_seconds_or_for_a_date(wish, seconds):
    headers = {"Retry-After": wish, "Date": "Wed, 21 Oct 2015 07:28:00 GMT"}
    assert retry_after(httpx.Response(503, headers=headers)) == seconds


def test_a_wait_that_a_proxy_cuts_off_is_not_wished_for_again(service, http):
    async def cut(exchange):
        await exchange.refuse("504 Gateway Timeout", body=b"<html>")

    with proxy(service.url) as cutting:
        cutting.treat = lambda head: cut if head.header("prefer") else passed
        assert Provider(http, cutting.url, "key_1").ended("m-target").state == "ready"
    assert len(http.pauses) == 1


def test_a_service_that_stays_busy_is_told_as_the_cause(service, http):
    async def busy(exchange):
        await exchange.refuse("503 Service Unavailable", body=b"<html>")

    with proxy(service.url) as before:
        before.treat = lambda _: busy
        with pytest.raises(ServiceUnreachable, match="answered 503: it is busy"):
            Provider(http, before.url).limits()
    assert len(http.pauses) == 3


def test_a_request_too_large_for_any_minute_is_refused_at_once(service, provider, http):
    service.fail("/predict", "rate")
    with pytest.raises(RateLimited, match="can never be asked"):
        ask(provider)
    assert service.seen("/predict") == 1
    assert http.pauses == []


def test_pauses_double_and_are_jittered(http):
    pauses = [http.pause(attempt) for attempt in range(1, 10)]
    least = [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5, 5, 5]
    assert all(low <= pause <= 1.5 * low for pause, low in zip(pauses, least, strict=True))


def test_a_service_that_stays_away_is_an_error_after_all_attempts(service, provider):
    provider.limits()
    service.fail("/predict", "reset")
    with pytest.raises(ServiceUnreachable, match="is the service running"):
        ask(provider)
    assert service.seen("/predict") == 4


def test_a_host_that_never_answered_is_soon_given_up(http):
    with pytest.raises(ServiceUnreachable):
        Provider(http, "http://127.0.0.1:1").limits()
    assert len(http.pauses) == FIRST_ATTEMPTS - 1


def test_a_used_up_quota_is_not_tried_again(service, provider):
    service.fail("/predict", "quota")
    with pytest.raises(QuotaExceeded, match="Ask your operator"):
        ask(provider)
    assert service.seen("/predict") == 1


def test_a_redirect_is_not_followed(service, provider):
    service.fail("/predict", "redirect")
    with pytest.raises(UnexpectedAnswer, match=r"redirects to http://elsewhere\.example"):
        ask(provider)


@pytest.mark.parametrize(
    "kind", ["not_npy", "lying", "short", "narrow", "nan", "pickle", "flood", "not_json"]
)
def test_a_wrong_answer_is_refused_in_flat_memory(service, provider, kind):
    provider.limits()
    service.fail("/predict", kind)
    tracemalloc.start()
    with pytest.raises(UnexpectedAnswer, match=r"answered|did not answer"):
        ask(provider)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2**20


def test_a_document_that_is_no_json_is_refused(service, provider):
    service.fail("/usage", "not_json")
    with pytest.raises(UnexpectedAnswer, match="is the URL right"):
        provider.usage()


def test_a_problem_document_becomes_the_error_of_its_slug(service, provider):
    with pytest.raises(NotFound, match="There is no such model") as refusal:
        provider.model("m-nobody")
    assert refusal.value.status == 404


def test_a_problem_that_is_not_told_apart_keeps_its_slug(service, provider):
    dataset_id, _ = provider.upload(np.zeros((4, 3)), "pool")
    provider.train("m-x", dataset_id, "box", {}, [0, 1])
    with pytest.raises(ServiceRefused) as refusal:
        provider.train("m-x", dataset_id, "box", {}, [0, 2])
    assert refusal.value.problem == "model-exists"


def test_the_key_is_sent_to_the_service_as_a_bearer(service, http):
    key = Provider(http, service.url).sign_up()
    assert key.startswith("key_")


@pytest.mark.parametrize(
    "url", ["", "localhost:8000", "htp://x/v1", "http:///v1/games/g", "http://[::1/g", "http://h:x/g"]
)
def test_what_is_no_url_is_said_so(url):
    with pytest.raises(ConfigurationError, match="is no URL"):
        checked_url(url)


@pytest.mark.parametrize("error", [httpx.WriteTimeout, httpx.PoolTimeout])
def test_a_timeout_before_the_answer_is_tried_again(service, provider, http, monkeypatch, error):
    """Neither can be had from a service at will: the first request fails as httpx would have it fail."""
    send, failures = http.client.send, [error("slow")]

    def failing_once(*arguments, **options):
        if failures:
            raise failures.pop()
        return send(*arguments, **options)

    monkeypatch.setattr(http.client, "send", failing_once)
    assert provider.limits().records == 25
    assert len(http.pauses) == 1


def test_a_stalled_service_is_given_up_at_the_time_limit(service):
    with Http(np.random.default_rng(0), sleep=lambda _: None) as http:
        http.client.timeout = httpx.Timeout(0.2)
        service.fail("/predict", "stall", times=3)
        with pytest.raises(ServiceUnreachable, match="ReadTimeout"):
            ask(Provider(http, service.url, "key_1"))


def test_what_never_ends_is_waited_for_with_rarer_looks_and_then_given_up(service, monkeypatch):
    monkeypatch.setattr("attacker.client.waiting.LONGEST_S", 0.2)
    service.post("/state", {"state": "preparing"})
    pauses = []

    def pause(seconds):
        pauses.append(seconds)
        time.sleep(0.05)

    with (
        Http(np.random.default_rng(0), sleep=pause) as http,
        pytest.raises(ServiceUnreachable, match=r"The preparation of .* has not ended in"),
    ):
        Game(http, f"{service.url}/v1/games/g-1").open()
    assert 1 <= len(pauses) <= 5


def test_a_secret_in_a_url_is_refused_and_not_repeated():
    with pytest.raises(ConfigurationError, match="ATTACKER_API_KEY") as refusal:
        checked_url("http://bob:hunter2@127.0.0.1:8000")
    assert "hunter2" not in str(refusal.value)


@pytest.mark.parametrize("pieces", ["headers", "body"])
def test_an_answer_in_drips_is_given_up(pieces, monkeypatch):
    monkeypatch.setattr("attacker.client.http.CONNECT_S", 0.3)
    beginning = b"HTTP/1.1 200 OK\r\n" + (b"\r\n" if pieces == "body" else b"x: ")
    with (
        socket.create_server(("127.0.0.1", 0)) as listening,
        Http(np.random.default_rng(0), read_s=0.3) as http,
    ):
        Thread(target=drip, args=(listening, beginning), daemon=True).start()
        with pytest.raises(ServiceUnreachable, match="bytes a second"):
            http.ask("GET", f"http://127.0.0.1:{listening.getsockname()[1]}/")


def drip(listening, beginning):
    connection, _ = listening.accept()
    with connection, suppress(OSError):
        connection.sendall(beginning)
        while True:
            connection.sendall(b"x")
            time.sleep(0.05)


ROWS = np.array([[0.5, 0.5], [0.25, 0.25]])


@pytest.mark.parametrize("answer", [ROWS * 3, ROWS - 0.3, np.log(ROWS), np.ones((2, 2)), ROWS * 1e300])
def test_numbers_that_are_no_probabilities_are_refused(answer):
    assert probabilities(ROWS, "here").tolist() == ROWS.tolist()  # some of a row may be missing
    with pytest.raises(UnexpectedAnswer, match="no probabilities"):
        probabilities(answer, "here")
