"""What a page refuses: foreign forms and hosts, ways out of the site, sizes, guesses."""

from __future__ import annotations

from typing import Any

import pytest

from engine.web.guard import HEADERS
from engine.web.paths import path_of_ours

SECRET = "ops_token-that-nobody-guesses"


def test_a_form_without_a_token_or_with_that_of_another_browser_is_refused(desk: Any) -> None:
    foreign = desk.at(desk.site)
    foreign.browser.cookies.clear()
    foreign_token = foreign.form_token()
    desk.browser.get("/login")
    for csrf in ("", "x", foreign_token):
        answer = desk.browser.post("/login", data={"csrf": csrf, "token": SECRET})
        assert answer.status_code == 400
        assert "Nothing was changed" in answer.text


def test_a_form_of_before_the_login_does_not_serve_in_the_session(desk: Any) -> None:
    before = desk.form_token()
    desk.log_in("OPS_TOKEN")
    assert desk.browser.post("/logout", data={"csrf": before}).status_code == 400


def test_a_form_that_another_site_sends_is_refused_though_its_token_is_right(desk: Any) -> None:
    said = {"csrf": desk.form_token(), "token": SECRET}
    for site in ("cross-site", "same-site"):
        assert desk.browser.post("/login", data=said, headers={"sec-fetch-site": site}).status_code == 400


@pytest.mark.parametrize("host", ["evil.example", "followup.example.com.evil.example", "followup.example.com:81", ""])
def test_another_host_is_not_answered(desk: Any, host: str) -> None:
    assert desk.browser.get("/login", headers={"host": host}).status_code == 421


@pytest.mark.parametrize("host", ["followup.example.com", "FOLLOWUP.example.com", "127.0.0.1:8470", "localhost:8470"])
def test_our_hosts_are_answered(desk: Any, host: str) -> None:
    assert desk.browser.get("/healthz", headers={"host": host}).text == "ok\n"


def test_every_answer_tells_the_browser_to_be_careful(desk: Any) -> None:
    for path in ("/login", "/", "/nothing", "/healthz"):
        answer = desk.browser.get(path)
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS


def test_static_files_are_kept_for_ever_under_an_address_of_their_contents(desk: Any) -> None:
    address = desk.browser.get("/login").text.split('rel="stylesheet" href="')[1].split('"')[0]
    answer = desk.browser.get(address)
    assert answer.headers["content-type"].startswith("text/css")
    assert "immutable" in answer.headers["cache-control"]
    assert desk.browser.get("/static/0000000000000000/style.css").status_code == 404


OUTSIDE = ("//evil", "https:evil", "https://evil", "/\\evil", "\\\\evil", "/a\nb", "evil", "", "/\t/evil", "data:x")


def test_no_redirect_leads_out_of_the_site(desk: Any) -> None:
    assert {path_of_ours(wanted) for wanted in OUTSIDE} == {"/"}
    for wanted in OUTSIDE:
        desk.browser.cookies.clear()
        answer = desk.browser.post("/login", data={"csrf": desk.form_token(), "token": SECRET, "next": wanted})
        assert answer.headers["location"] == "/"


def test_the_login_leads_on_to_the_page_that_was_asked_for(desk: Any) -> None:
    login = desk.browser.get("/day?week=3").headers["location"]
    assert login == "/login?next=/day%3Fweek%3D3"
    assert 'name="next" value="/day?week=3"' in desk.browser.get(login).text


def test_a_form_larger_than_any_of_ours_is_not_read(desk: Any) -> None:
    said = {"csrf": desk.form_token(), "token": "x" * 70_000}
    assert desk.browser.post("/login", data=said).status_code == 413
    many = {"csrf": desk.form_token()} | {f"f{number}": "" for number in range(600)}
    assert desk.browser.post("/login", data=many).status_code == 400
