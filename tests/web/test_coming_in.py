"""Who comes in, by which door, and what ends a session."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from engine.domain.links import Link, Purpose, sign
from engine.domain.people import RepEntry
from engine.store.facts.people import upsert_reps

DAY_LINK = 36 * 3_600


def shows_name(desk: Any, name: str) -> bool:
    answer = desk.browser.get("/", follow_redirects=True)
    return answer.status_code == 200 and f"{name} ·" in answer.text


def is_out(desk: Any) -> bool:
    return desk.browser.get("/").headers["location"] == "/login"


def leave(desk: Any, rep_id: str) -> None:
    """What `rep leave` puts down: away without an end, somebody stands in."""
    gone = RepEntry(rep_id, {"absent_from": "2020-01-01", "absent_to": None, "delegate": "han"})
    with desk.site.db.writing() as connection:
        upsert_reps(connection, [gone], {}, desk.site.clock.now())


def day_link(desk: Any, rep_id: str, seconds: int = DAY_LINK, purpose: Purpose = Purpose.DAY) -> str:
    return "/day/" + sign(Link(purpose, rep_id, desk.site.clock.now() + seconds), desk.site.keys)


def test_a_token_opens_a_session_and_logging_out_ends_it(desk: Any) -> None:
    assert is_out(desk)
    desk.log_in("OPS_TOKEN")
    assert shows_name(desk, "ops-desk")
    desk.browser.post("/logout", data={"csrf": desk.form_token("/board")})
    assert is_out(desk)


@pytest.mark.parametrize("secret", ["", "ops", "令牌", "api_token-that-nobody-guesses"])
def test_a_wrong_token_and_that_of_a_program_open_nothing(desk: Any, secret: str) -> None:
    answer = desk.browser.post("/login", data={"csrf": desk.form_token(), "token": secret})
    assert answer.status_code == 401
    assert "This token is not known" in answer.text
    assert is_out(desk)


def test_after_ten_wrong_tokens_the_right_one_waits_a_quarter_of_an_hour(desk: Any) -> None:
    said = {"csrf": desk.form_token(), "token": "wrong"}
    assert {desk.browser.post("/login", data=said).status_code for _ in range(10)} == {401}
    right = said | {"token": "ops_token-that-nobody-guesses"}
    assert desk.browser.post("/login", data=right).status_code == 429
    desk.site.clock.move_to(desk.site.clock.now() + 901)
    assert desk.browser.post("/login", data=right).status_code == 303


def test_the_session_cookie_is_out_of_reach_for_scripts_and_other_sites(desk: Any) -> None:
    answer = desk.browser.post("/login", data={"csrf": desk.form_token(), "token": "ops_token-that-nobody-guesses"})
    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith("__Host-followup="))
    assert {"HttpOnly", "SameSite=lax", "Secure", "Path=/"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    assert "ops_token" not in cookie


def test_the_link_of_a_digest_opens_the_session_of_its_rep_until_it_expires(desk: Any) -> None:
    link = day_link(desk, "li")
    assert desk.browser.get(link).headers["location"] == "/day"
    assert shows_name(desk, "Li Min")
    desk.browser.cookies.clear()
    desk.site.clock.move_to(desk.site.clock.now() + DAY_LINK)
    assert desk.browser.get(link).status_code == 404


def test_links_for_something_else_of_nobody_and_of_who_left_look_like_no_page(desk: Any) -> None:
    leave(desk, "wu")
    wrong = [
        day_link(desk, "li", purpose=Purpose.ACT), day_link(desk, "nobody"), day_link(desk, "wu"),
        day_link(desk, "li")[:-4], "/day/x", "/no-such-page",
    ]  # fmt: skip
    answers = [desk.browser.get(link) for link in wrong]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1


ENDINGS: dict[str, Callable[[Any], Any]] = {
    "the token is taken out of config.yaml": lambda desk: desk.without_token("li-phone"),
    "the token has another secret": lambda desk: desk.with_secret("li-phone", "another-secret-of-some-length"),
    "the keys are others": lambda desk: desk.at(replace(desk.site, keys=("quite-another-key-than-before",))),
    "the rep leaves": lambda desk: leave(desk, "li") or desk,
    "twelve hours pass": lambda desk: desk.site.clock.move_to(desk.site.clock.now() + 12 * 3_600) or desk,
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_session_ends_at_once_when(desk: Any, ending: str) -> None:
    desk.log_in("LI_TOKEN")
    assert shows_name(desk, "Li Min")
    assert is_out(ENDINGS[ending](desk))


def test_a_session_outlives_a_new_key_in_front_of_the_old_one(desk: Any) -> None:
    desk.log_in("LI_TOKEN")
    rotated = replace(desk.site, keys=("quite-another-key-than-before", *desk.site.keys))
    assert shows_name(desk.at(rotated), "Li Min")


def test_a_page_speaks_the_language_of_its_visitor(desk: Any) -> None:
    traditional = desk.browser.get("/login", headers={"accept-language": "zh-TW,zh;q=0.9"}).text
    simplified = desk.browser.get("/login", headers={"accept-language": "fr, zh-CN"}).text
    assert ("登入" in traditional, "登录" in simplified) == (True, True)
    desk.log_in("HAN_TOKEN")
    assert '<html lang="zh-Hant">' in desk.browser.get("/day", headers={"accept-language": "en"}).text


def test_a_chosen_language_comes_first_and_the_choice_leads_back(desk: Any) -> None:
    desk.log_in("HAN_TOKEN")
    said = {"csrf": desk.form_token("/day"), "language": "en", "next": "/day"}
    assert desk.browser.post("/language", data=said).headers["location"] == "/day"
    assert '<html lang="en">' in desk.browser.get("/day").text
    assert desk.browser.post("/language", data=said | {"language": "../x"}).status_code == 404
    assert desk.browser.post("/language", data=said | {"next": "//evil"}).headers["location"] == "/"
