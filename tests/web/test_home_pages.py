"""Where each role begins: a rep sees what is his today, the desk how everything stands; nobody the other's."""

from __future__ import annotations

from typing import Any

import pytest

from engine.domain.civil import day_start, local_date
from engine.domain.people import LeadEntry
from engine.store.facts.dirty import Stamp
from engine.store.facts.looks import looks_at
from engine.store.facts.people import upsert_leads

HOUR, DAY = 3_600, 86_400


@pytest.fixture
def midnight(desk: Any) -> int:
    """The beginning of the rep's day."""
    return day_start(local_date(desk.site.clock.now(), "Asia/Shanghai"), "Asia/Shanghai")


def test_each_role_is_led_to_its_page_and_finds_no_other(desk: Any) -> None:
    for secret, home, other in (("LI_TOKEN", "/day", "/board"), ("OPS_TOKEN", "/board", "/day")):
        desk.browser.cookies.clear()
        desk.log_in(secret)
        assert desk.browser.get("/").headers["location"] == home
        assert desk.browser.get(home).status_code == 200
        assert desk.browser.get(other).status_code == 404


def test_a_rep_sees_what_is_his_today_and_what_is_late_in_order(desk: Any, midnight: int) -> None:
    desk.touch("lin", "li", midnight + 10 * HOUR)
    desk.touch("sun", "li", midnight - 2 * DAY, "held")
    desk.touch("lin", "li", midnight + 9 * HOUR, "delivered")
    for unseen in (
        ("lin", "li", midnight + DAY), ("lin", "li", midnight - 8 * DAY, "delivered"), ("lin", "su", midnight + HOUR),
        ("lin", "li", midnight + HOUR, "suppressed"),
    ):  # fmt: skip
        desk.touch(*unseen)
    desk.log_in("LI_TOKEN")
    text = desk.browser.get("/day").text
    assert "3 to look at" in text
    places = [text.index(said) for said in ("Sun", "held", "09:00", "delivered", "10:00", "planned")]
    assert places == sorted(places)


def test_every_lead_on_the_page_is_put_down_as_looked_at(desk: Any, midnight: int) -> None:
    desk.touch("lin", "li", midnight + HOUR)
    desk.log_in("LI_TOKEN")
    desk.browser.get("/day")
    with desk.site.db.reading() as connection:
        looks = [(row.visitor, row.role, row.page) for row in looks_at(connection, "lin", 5)]
        assert (looks, looks_at(connection, "sun", 5)) == ([("li-phone", "rep", "/day")], [])


def test_a_confidential_lead_of_somebody_else_has_no_name(desk: Any, midnight: int) -> None:
    desk.touch("sha", "li", midnight + HOUR)
    desk.touch("sha", "han", midnight + HOUR)
    desk.log_in("LI_TOKEN")
    text = desk.browser.get("/day").text
    assert ("Sha" in text, "A confidential customer" in text) == (False, True)
    desk.browser.cookies.clear()
    desk.log_in("HAN_TOKEN")
    assert "Sha" in desk.browser.get("/day").text


def test_a_name_is_text_and_never_part_of_the_page(desk: Any, midnight: int) -> None:
    evil = '"><script>alert(1)</script>{{ 7*7 }}'
    with desk.site.db.writing() as connection:
        upsert_leads(connection, [LeadEntry("lin", {"name": evil})], {}, Stamp(1, "test"))
    desk.touch("lin", "li", midnight + HOUR)
    desk.log_in("LI_TOKEN")
    text = desk.browser.get("/day").text
    assert text.count("<script") == 1, "htmx, a file of ours"
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{ 7*7 }}" in text


def test_the_board_counts_what_waits(desk: Any, midnight: int) -> None:
    for number in range(3):
        desk.touch("lin", "li", midnight + number, judge_at=midnight)
    desk.touch("sun", "li", midnight, "dead")
    desk.log_in("OPS_TOKEN")
    text = " ".join(desk.browser.get("/board").text.split())
    assert 'planned</a></dt><dd class="num">3</dd>' in text
    assert 'dead letter</a></dt><dd class="num">1</dd>' in text
    assert "Oldest due 2026-" in text


def test_nothing_but_looks_is_changed_by_reading(desk: Any, midnight: int) -> None:
    desk.touch("lin", "li", midnight)
    desk.log_in("LI_TOKEN")

    def contents() -> list[str]:
        with desk.site.db.reading() as connection:
            dump = connection.connection.driver_connection.iterdump()
            return [line for line in dump if 'INTO "look"' not in line and "sqlite_sequence" not in line]

    before = contents()
    for path in ("/", "/day", "/login", "/healthz", "/nothing", "/day/x"):
        desk.browser.get(path)
    assert contents() == before
