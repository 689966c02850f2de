"""The provider's pages: signing in, what a customer sees there, and that it is what the API tells."""

import base64
import hashlib
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from browser import looked_at, needs_browser
from live import Customer, provider, two_clusters

from services.mlaas.pages.traffic import HOUR_MS, SPANS, Traffic

TABLE = two_clusters(60)


@pytest.fixture
def browser(provider_url: str) -> Iterator[httpx.Client]:
    """It keeps cookies, and follows a form to the next page, as browsers do."""
    with httpx.Client(base_url=provider_url, timeout=60, follow_redirects=True) as browser:
        yield browser


def sign_in(browser: httpx.Client, key: str, **headers: str) -> httpx.Response:
    return browser.post("/sign-in", data={"key": key}, headers=headers)


def trained(customer: Customer) -> str:
    dataset = customer.upload(TABLE).json()["id"]
    model = str(customer.train(dataset_id=dataset, profile="tiny").json()["id"])
    assert customer.ended(model)["state"] == "ready"
    return model


def rows_of(page: str) -> list[list[str]]:
    """The texts of all tables' rows."""
    rows = re.findall(r"<tr>(.*?)</tr>", page)
    return [
        [re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)]
        for row in rows
    ]


def test_who_is_not_signed_in_sees_a_form_and_nothing_else(browser: httpx.Client) -> None:
    page = browser.get("/")
    assert page.status_code == 200
    assert '<form action="/sign-in" method="post">' in page.text
    assert '<label for="key">' in page.text
    refused = browser.get("/models/m-any")
    assert refused.status_code == 401
    assert refused.headers["content-type"].startswith("text/html")
    assert "Send a valid key" in refused.text


def test_a_page_shows_what_the_api_tells(browser: httpx.Client, customer: Customer, shared: Any) -> None:
    model = trained(customer)
    for records in (TABLE[:10, 1:], TABLE[:25, 1:]):
        customer.predict(model, records).raise_for_status()
    customer.predict(shared.id, TABLE[:7, 1:]).raise_for_status()
    page = sign_in(browser, customer.key)
    assert page.url.path == "/"
    rows = rows_of(page.text)
    assert [model, "ready", "35", "tiny", "60"] == next(row for row in rows if row[0] == model)[:5]
    assert [shared.id, "1", "7"] in rows
    usage = {one["model_id"]: one["records"] for one in customer.get("/v1/usage").json()["items"]}
    assert usage == {model: 35, shared.id: 7}
    [today] = [row for row in rows if re.fullmatch(r"\d{4}-\d\d-\d\d", row[0])]
    assert today[1:] == ["3", "42"]
    told = browser.get(f"/models/{model}").text
    facts = dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", told))
    assert (facts["requests"], facts["records"], facts["largest request"]) == ("2", "35", "25 records")
    assert facts["trained on"] == "60 records"
    assert "trained on" not in browser.get(f"/models/{shared.id}").text, "that is its owner's to know"


def test_nobody_sees_what_is_anothers(browser: httpx.Client, customer: Customer, provider_url: str) -> None:
    with Customer(provider_url) as other:
        model = trained(other)
        other.predict(model, TABLE[:10, 1:]).raise_for_status()
        sign_in(browser, customer.key)
        assert model not in browser.get("/").text
        missing = browser.get(f"/models/{model}")
        assert missing.status_code == 404
        assert missing.text == browser.get("/models/m-none").text
        other.patch(f"/v1/models/{model}", json={"visibility": "public"}).raise_for_status()
        assert "You have not asked it anything" in browser.get(f"/models/{model}").text


def test_the_cookie_opens_pages_alone_and_is_no_key(browser: httpx.Client, customer: Customer) -> None:
    answer = browser.post("/sign-in", data={"key": customer.key}, follow_redirects=False)
    assert answer.status_code == 303
    cookie = answer.headers["set-cookie"]
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(cookie.split("; "))
    assert "Expires" not in cookie
    assert "Max-Age" not in cookie
    token = browser.cookies["mlaas_pages"]
    assert token not in customer.key
    assert browser.get("/v1/models").status_code == 401
    assert browser.get("/v1/models", headers={"Authorization": f"Bearer {token}"}).status_code == 401


def test_who_signs_out_is_out_wherever_the_cookie_is(browser: httpx.Client, customer: Customer) -> None:
    sign_in(browser, customer.key)
    token = browser.cookies["mlaas_pages"]
    assert "Sign in" in browser.post("/sign-out").text
    assert "mlaas_pages" not in browser.cookies
    browser.cookies.set("mlaas_pages", token)
    assert "Sign in" in browser.get("/").text


@pytest.mark.parametrize("key", ["", "x", "ak_a-none.secret", "ak_a-none.secret&key=2"])
def test_a_wrong_key_is_refused_in_the_words_for_any(browser: httpx.Client, key: str) -> None:
    answer = sign_in(browser, key)
    assert answer.status_code == 401
    assert "Send a valid key" in answer.text
    assert not browser.cookies


def test_a_key_that_may_predict_alone_signs_nobody_in(browser: httpx.Client, customer: Customer) -> None:
    further = customer.post("/v1/keys", json={"scope": "predict"}).json()["api_key"]
    answer = sign_in(browser, further)
    assert answer.status_code == 403
    assert "own key" in answer.text


def test_a_form_of_another_site_is_refused(
    browser: httpx.Client, customer: Customer, provider_url: str
) -> None:
    for path in ("/sign-in", "/sign-out"):
        foreign = browser.post(path, data={"key": customer.key}, headers={"Origin": "https://evil.example"})
        assert foreign.status_code == 403
        assert not browser.cookies
    assert "Models" in sign_in(browser, customer.key, Origin=provider_url).text


def test_a_session_ends_with_its_time_and_with_its_account(tmp_path: Path) -> None:
    with provider(tmp_path / "data", "--workers", "1") as url, httpx.Client(base_url=url) as browser:
        with Customer(url) as customer:
            sign_in(browser, customer.key)
            assert "Account" in browser.get("/").text
            in_the_database(tmp_path, "UPDATE page_session SET ends_at = 1")
            assert "Sign in" in browser.get("/").text
            sign_in(browser, customer.key)
            assert in_the_database(tmp_path, "SELECT count(*) FROM page_session") == [(1,)], (
                "the old one is gone"
            )
            in_the_database(tmp_path, "UPDATE account SET revoked_at = 1")
            assert "Sign in" in browser.get("/").text
        token = browser.cookies["mlaas_pages"]
        assert token not in str(in_the_database(tmp_path, "SELECT * FROM page_session"))


def in_the_database(folder: Path, statement: str) -> list[Any]:
    with sqlite3.connect(folder / "data" / "mlaas.sqlite") as database:
        return database.execute(statement).fetchall()


def test_a_page_may_run_and_fetch_nothing(browser: httpx.Client, customer: Customer) -> None:
    for page in (browser.get("/"), sign_in(browser, customer.key), browser.get("/models/m-none")):
        policy = page.headers["content-security-policy"]
        [style] = re.findall(r"<style>(.*?)</style>", page.text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        assert f"default-src 'none'; style-src 'sha256-{digest}'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "<script" not in page.text
        assert 'style="' not in page.text
        assert (page.headers["referrer-policy"], page.headers["x-content-type-options"]) == (
            "no-referrer",
            "nosniff",
        )


def test_older_models_are_a_page_further(browser: httpx.Client, customer: Customer) -> None:
    dataset = customer.upload(TABLE).json()["id"]
    made = sorted(customer.train(dataset_id=dataset, profile="tiny").json()["id"] for _ in range(3))
    sign_in(browser, customer.key)
    first = browser.get("/", params={"page_size": 2}).text
    [further] = re.findall(r'href="(/\?page_token=[^"]+)"', first)
    assert [one for one in made if one in first] == made[:2]
    assert made[2] in browser.get(further).text


def test_traffic_tells_a_burst_from_an_even_flow() -> None:
    burst = Traffic.of([(1_000 + number, 500) for number in range(10)])
    assert (burst.requests, burst.records, burst.largest, burst.mean) == (10, 5_000, 500, 500)
    assert burst.busiest == 5_000
    even = Traffic.of([(number * HOUR_MS, 3) for number in range(SPANS)])
    assert even.busiest == 3
    assert set(even.spans) == {3}
    assert sum(burst.spans) == 5_000
    assert Traffic.of([(5, 1)]).spans == (1, *[0] * (SPANS - 1))


@needs_browser
@pytest.mark.parametrize("width", [390, 1280])
def test_a_browser_shows_all_of_it_on_a_phone_and_at_a_desk(
    browser: httpx.Client, customer: Customer, tmp_path: Path, width: int
) -> None:
    model = trained(customer)
    customer.predict(model, TABLE[:10, 1:]).raise_for_status()
    pages = [browser.get("/").text, sign_in(browser, customer.key).text, browser.get(f"/models/{model}").text]
    for number, page in enumerate(pages):
        (tmp_path / str(number)).mkdir()
        seen = looked_at(page, width, tmp_path / str(number))
        assert seen["widths"] == [width] * 2
        assert (seen["fetched"], seen["beyond"], seen["missed"]) == (0, [], [])
        assert seen["reached"]
    assert seen["shown"] == ["short", "queries", "marks"]
