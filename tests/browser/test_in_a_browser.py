"""What people do, done in Chromium against a running `followup web`: with a finger, and with keys alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.driven import CHROMIUM
from tests.browser.lived_in import CALLED, REFUSED, SIGNED, LivedIn, address_of
from tests.browser.looking import come_in, tab_to

Window = Callable[..., Any]


def test_there_is_a_browser() -> None:
    if CHROMIUM is None:
        line = "chromium is missing: apt-get install chromium, or let CHROMIUM name it; no page was tried in a browser"
        pytest.fail(line, pytrace=False)


def test_from_the_digest_to_a_signed_mail(town: LivedIn, window: Window) -> None:
    page = window()
    page.goto(town.link_in(town.mail_about("for you today"), "day"))
    assert page.url == f"{town.url}/day"
    row = page.locator(".row", has_text="Lin Yue")
    row.get_by_role("link", name="More").click()
    assert page.locator(".coming li").count() == 0
    page.get_by_role("button", name="No answer").click()
    assert page.locator(".done strong").inner_text() == "No answer"
    coming = page.locator(".coming li").all_inner_texts()
    assert any("WeChat" in line for line in coming), coming
    assert any("e-mail" in line for line in coming), coming

    town.pass_by()
    page.goto("/day")
    assert page.locator(".row.over", has_text="Lin Yue").count() == 1
    assert page.locator(".row", has_text="write to him on WeChat").count() == 1
    page.get_by_role("link", name="To sign").click()
    page.locator(".row", has_text="Lin Yue").get_by_role("link").first.click()
    page.fill("#text", page.input_value("#text") + "\nP.S. The oak door has arrived.\n")
    page.get_by_role("button", name="Sign").first.click()
    page.wait_for_selector(".done")
    assert town.mails_to("lin.yue@example.com") == []

    town.pass_by(seconds=6 * 60)
    [mail] = town.mails_to("lin.yue@example.com")
    assert "P.S. The oak door has arrived." in town.text_of(mail)


def test_no_answer_on_the_day_page_is_said_in_place(town: LivedIn, window: Window) -> None:
    page = window()
    come_in(town, page, "li")
    page.evaluate("window.stays = true")
    row = page.locator(".row", has_text="Zhou Wen")
    row.get_by_role("button", name="No answer").click()
    page.wait_for_selector(".row.over:has-text('Zhou Wen')")
    assert page.evaluate("window.stays")


def test_drafts_are_signed_and_turned_down_with_keys_alone(town: LivedIn, window: Window) -> None:
    page = window()
    come_in(town, page, "li")
    page.goto("/drafts")
    tab_to(page, "Xu Ning")
    page.keyboard.press("Enter")
    page.wait_for_url("**/drafts/*")
    page.keyboard.press("e")
    page.keyboard.press("Control+End")
    page.keyboard.type("P.S. See you on Friday.")
    page.keyboard.press("Escape")
    page.keyboard.press("s")
    page.wait_for_url("**after=signed")
    page.keyboard.press("x")
    page.keyboard.press("Enter")
    page.wait_for_url("**after=rejected")
    states = {one: town.house.rows("touches", "--lead", town.id_of(one))[0]["state"] for one in SIGNED}
    assert states == {"Xu Ning": "signed", "Ma Chao": "cancelled", "Hu Bo": "draft"}


def test_the_desk_comes_in_and_goes_out_with_keys_alone(town: LivedIn, window: Window) -> None:
    page = window(width=1280)
    page.goto("/board")
    page.wait_for_function("document.activeElement.name === 'token'")  # the field has the focus by itself
    page.keyboard.type(town.ops_token)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{town.url}/board")
    tab_to(page, "Log out")
    page.keyboard.press("Enter")
    page.wait_for_url("**/login")


def test_the_desk_filters_the_calendar_and_reads_why(town: LivedIn, window: Window) -> None:
    page = window(width=1280)
    come_in(town, page, "ops")
    page.select_option("#rule", "first-call")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**rule=first-call**")
    assert page.locator("td.today strong").inner_text() == str(len(CALLED))
    page.locator("td.today a").click()
    rows = page.locator("table.list tbody tr")
    assert rows.count() == len(CALLED)
    rows.filter(has_text="Zhou Wen").get_by_role("link", name="Zhou Wen").click()
    page.get_by_role("link", name="Why rules fire, or do not").click()
    story = page.locator("details.story", has_text="first-call")
    story.locator("summary").click()
    assert "Call a new customer within a day" in story.inner_text()


def test_the_desk_retries_a_dead_letter_and_it_arrives(town: LivedIn, window: Window) -> None:
    assert town.mails_to(address_of(REFUSED)) == []
    page = window(width=1280)
    come_in(town, page, "ops")
    page.goto("/board/queue/dead")
    page.locator("tr", has_text=REFUSED).get_by_role("link", name="Decide").click()
    page.locator("summary").click()
    town.relay.rules.clear()
    page.locator("details button").click()
    page.wait_for_selector(".done")
    town.pass_by()
    assert len(town.mails_to(address_of(REFUSED))) == 1


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


def test_a_tap_on_the_day_answers_where_the_finger_is_and_is_taken_back_there(town: LivedIn, window: Window) -> None:
    page = window()
    come_in(town, page, "li")
    page.evaluate("window.stays = true")
    row = page.locator(".row", has_text="Zhou Wen")
    row.get_by_role("button", name="Tomorrow").click()
    row.get_by_role("button", name="Undo").click()
    page.locator(".row:focus", has_text="Zhou Wen").get_by_role("button", name="Tomorrow").wait_for()
    assert page.evaluate("window.stays"), "not loaded anew"
    without = window(java_script_enabled=False)
    come_in(town, without, "li")
    without.locator(".row", has_text="Zhou Wen").get_by_role("button", name="Tomorrow").click()
    without.locator(".row", has_text="Zhou Wen").get_by_role("button", name="Undo").click()
