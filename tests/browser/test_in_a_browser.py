"""What people do, done in Chromium against a running `followup web`: with a finger, and with keys alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.conftest import CHROMIUM
from tests.browser.lived_in import LivedIn
from tests.browser.looking import tab_to

Window = Callable[..., Any]


def test_there_is_a_browser() -> None:
    if CHROMIUM is None:
        line = "chromium is missing: apt-get install chromium, or let CHROMIUM name it; no page was tried in a browser"
        pytest.fail(line, pytrace=False)


def test_a_rep_taps_no_answer_and_sees_the_wechat_and_the_mail_appear(town: LivedIn, window: Window) -> None:
    page = window()
    page.goto(town.link_about("Lin Yue") + "?do=no_answer")
    assert page.locator("h1").inner_text().startswith("Lin Yue")
    assert page.locator(".coming li").count() == 0
    page.locator(".confirm button").click()
    assert page.locator(".done strong").inner_text() == "No answer"
    coming = page.locator(".coming li").all_inner_texts()
    assert any("WeChat" in line for line in coming), coming
    assert any("e-mail" in line for line in coming), coming


def test_the_desk_comes_in_and_goes_out_with_keys_alone(town: LivedIn, window: Window) -> None:
    page = window(width=1280)
    page.goto("/board")
    page.keyboard.type(town.ops_token)  # the field has the focus already
    page.keyboard.press("Enter")
    page.wait_for_url(f"{town.url}/board")
    tab_to(page, "Log out")
    page.keyboard.press("Enter")
    page.wait_for_url("**/login")


def test_a_reminder_is_answered_with_keys_alone_and_taken_back(town: LivedIn, window: Window) -> None:
    page = window()
    page.goto(town.link_about("Zhao Qing"))
    tab_to(page, "Add a note, an appointment, what you learned")
    page.keyboard.press("Enter")
    tab_to(page, "note")
    page.keyboard.type("asked for a quotation")
    tab_to(page, "Tomorrow")
    page.keyboard.press("Space")
    page.wait_for_selector(".done")
    assert "The reminder comes again" in page.locator(".done").inner_text()
    tab_to(page, "Undo")
    page.keyboard.press("Enter")
    page.wait_for_selector("form .taps")


def test_enter_in_a_field_tells_what_was_learned_and_answers_nothing(town: LivedIn, window: Window) -> None:
    page = window()
    page.goto(town.link_about("Sun Hao"))
    page.locator("summary").first.click()
    page.fill("#new_phone", "+86 139 0000 0099")
    page.keyboard.press("Enter")
    page.wait_for_url("**?told=1")
    assert town.house.rows("lead", "show", town.id_of("Sun Hao"))[0]["phone"] == "+8613900000099"
    assert page.locator("form .taps").count() > 0
