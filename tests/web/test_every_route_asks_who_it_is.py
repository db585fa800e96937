"""Without a token nothing is read and nothing is done: every route is tried, whoever adds one says if it is open."""

from __future__ import annotations

import hmac
import re
from typing import Any

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from engine.domain.links import Purpose
from engine.store.upgrade import METADATA
from engine.web.app import ROUTES, create_app
from engine.web.sessions import token_of
from tests.web.conftest import ADDRESS, SECRETS, Desk

OPEN = {"/healthz", "/readyz", "/login", "/language", "/static/{digest}/{name}", "/api", "/api/openapi.json"}
"""What strangers may see: whether it lives, how one comes in, how programs talk to it."""
BY_LINK = {"/act/{token}", "/sign/{token}", "/task/{token}", "/survey/{token}", "/unsubscribe/{token}", "/day/{token}",
           "/feed/{token}.ics"}  # fmt: skip
"""What a signed link opens, which is a token itself."""
GUARDED = sorted(
    {(route.path, method) for route in ROUTES for method in (route.methods or ()) if method != "HEAD"}
    - {(path, method) for path in OPEN | BY_LINK for method in ("GET", "POST")}
)
FORGED = "WyIxLmxpIiwxNzkyNjc4NDAwXQ.D2KoksnSQC4fkAwzEXq_LUJ0oYExAJn5N4Gdeg6ktnQ"


def filled(path: str) -> str:
    """An address of that route, of a customer and a touch that are there."""
    by_name = {"lead": "lin", "token": FORGED, "day": "2026-09-21", "state": "dead", "kind": "daily"}
    return re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: by_name.get(found[1], "1"), path)


def contents(desk: Desk) -> dict[str, list[Any]]:
    with desk.site.db.reading() as connection:
        return {table.name: list(connection.execute(select(table))) for table in METADATA.sorted_tables}


@pytest.fixture
def lived_in(desk: Desk) -> Desk:
    desk.touch("lin", "li", desk.site.clock.now())
    return desk


def test_everything_else_needs_a_token(lived_in: Desk) -> None:
    before = contents(lived_in)
    assert len(GUARDED) > 35
    for headers in ({}, {"authorization": "Bearer guessed"}, {"cookie": f"__Host-followup={FORGED}"}):
        stranger = TestClient(create_app(lived_in.site), base_url=ADDRESS, follow_redirects=False)
        for path, method in GUARDED:
            answer = stranger.request(method, filled(path), headers=headers)
            where = answer.headers.get("location", "")
            refused = answer.status_code in (400, 401, 403, 404) or where.startswith("/login")
            assert refused, (method, path, answer.status_code, where)
            assert "Lin" not in answer.text, path
    assert contents(lived_in) == before


def test_a_link_that_was_not_signed_by_us_opens_nothing(lived_in: Desk) -> None:
    before = contents(lived_in)
    told = {route.path for route in ROUTES}
    assert told >= BY_LINK
    for path in sorted(BY_LINK):
        for method in ("GET", "POST"):
            answer = lived_in.browser.request(method, filled(path))
            assert (answer.status_code, "Lin" in answer.text) in ((404, False), (405, False)), (method, path)
    assert contents(lived_in) == before
    assert len(Purpose) >= len(BY_LINK)


def test_a_program_and_a_person_have_tokens_of_their_own_kind(lived_in: Desk) -> None:
    bearer = {"authorization": f"Bearer {SECRETS['OPS_TOKEN']}"}
    assert lived_in.browser.get("/board", headers=bearer).status_code == 303, "a person's comes in by the login page"
    for path in ("/api/leads", "/api/interactions", "/api/events"):
        assert lived_in.browser.post(path, headers=bearer, json={"items": []}).status_code in (401, 403)
    assert lived_in.browser.get("/metrics", headers=bearer).status_code == 401


def test_secrets_are_compared_in_constant_time(lived_in: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    compare, compared = hmac.compare_digest, []

    def noted(one: Any, other: Any) -> bool:
        compared.append((len(one), len(other)))
        return compare(one, other)

    monkeypatch.setattr(hmac, "compare_digest", noted)
    bearer, tokens = {"authorization": "Bearer x"}, lived_in.site.tokens
    for ask in (
        lambda: token_of("x", tokens), lambda: token_of(SECRETS["OPS_TOKEN"], tokens),
        lambda: lived_in.browser.post("/api/leads", headers=bearer, json={"items": []}),
        lambda: lived_in.browser.get("/metrics", headers=bearer),
    ):
        compared.clear()
        ask()
        assert len(compared) >= 1
        assert len({size for pair in compared for size in pair}) == 1, "of one length, whatever is asked"
    compared.clear()
    token_of(SECRETS["OPS_TOKEN"], tokens)
    assert len(compared) == len(tokens), "also after the right one"
