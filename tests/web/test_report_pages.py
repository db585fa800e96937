"""Reports in the browser and as a file: a rep sees his own, a manager his team's, the desk everybody's."""

from __future__ import annotations

from typing import Any

import pytest

from engine.domain.civil import day_start, local_date
from engine.domain.people import LeadEntry
from engine.domain.periods import period_of
from engine.stages.report import scope as scopes
from engine.stages.report.report import Sources, report
from engine.store.facts.dirty import Stamp
from engine.store.facts.looks import looks_at
from engine.store.facts.people import upsert_leads
from engine.web.report_file import report_file

ZONE = "Asia/Shanghai"
HOUR, DAY = 3_600, 86_400


@pytest.fixture
def yesterday(desk: Any) -> int:
    """The beginning of it. Two reminders of Li's were due then and one of Su's, and nobody did anything."""
    start = day_start(local_date(desk.site.clock.now(), ZONE), ZONE) - DAY
    desk.touch("lin", "li", start + 9 * HOUR, "delivered")
    desk.touch("sha", "li", start + 10 * HOUR, "delivered")
    desk.touch("sun", "su", start + 9 * HOUR, "delivered")
    desk.touch("wei", "wu", start + 9 * HOUR, "delivered")
    return start


def daily(desk: Any, start: int, **more: str) -> Any:
    return desk.browser.get("/report/daily", params={"on": local_date(start, ZONE).isoformat(), **more})


def missed(text: str) -> int:
    """How many the page says were not done."""
    return int(" ".join(text.split()).partition('Not done <b class="num">')[2].partition("<")[0] or 0)


def test_each_sees_what_is_his(desk: Any, yesterday: int) -> None:
    for secret, expected in (("LI_TOKEN", 2), ("OPS_TOKEN", 4)):
        desk.browser.cookies.clear()
        desk.log_in(secret)
        assert desk.browser.get("/report").headers["location"] == "/report/weekly"
        assert missed(daily(desk, yesterday).text) == expected
    desk.browser.cookies.clear()
    desk.log_in("HAN_TOKEN")
    desk.browser.cookies.set("__Host-followup-language", "en")
    assert missed(daily(desk, yesterday).text) == 3
    assert missed(daily(desk, yesterday, rep="su").text) == 1


def test_what_is_not_his_looks_as_if_it_were_not_there(desk: Any, yesterday: int) -> None:
    asked = {"LI_TOKEN": ("su", "wu", "nobody"), "HAN_TOKEN": ("wu", "nobody"), "OPS_TOKEN": ("nobody",)}
    for secret, reps in asked.items():
        desk.browser.cookies.clear()
        desk.log_in(secret)
        assert {daily(desk, yesterday, rep=rep).status_code for rep in reps} == {404}
    for path in ("/report/yearly", "/report/daily?on=tomorrow", "/report/daily?on=9999-12-31"):
        assert desk.browser.get(path).status_code == 404


def test_the_customers_named_were_looked_at_and_confidential_ones_are_not_named(desk: Any, yesterday: int) -> None:
    desk.log_in("LI_TOKEN")
    text = daily(desk, yesterday).text
    assert ("Lin" in text, "Sha" in text, "A confidential customer" in text) == (True, False, True)
    with desk.site.db.reading() as connection:
        assert [row.page for row in looks_at(connection, "lin", 5)] == ["/report/daily"]
        assert looks_at(connection, "sha", 5) == []


def test_one_walks_from_period_to_period_and_never_into_the_future(desk: Any, yesterday: int) -> None:
    desk.log_in("LI_TOKEN")
    for kind in ("daily", "weekly", "monthly"):
        text = desk.browser.get(f"/report/{kind}").text
        assert 'rel="prev"' in text
        assert ('rel="next"' in text) == (kind != "daily")
    assert 'rel="next"' in daily(desk, yesterday).text


def test_the_page_carries_no_inline_style_or_script(desk: Any, yesterday: int) -> None:
    desk.log_in("OPS_TOKEN")
    text = daily(desk, yesterday).text
    assert ("style=" in text, "<script" in text, "<style" in text) == (False, False, False)


def test_a_file_needs_nothing_from_elsewhere_and_a_name_is_text(desk: Any, yesterday: int) -> None:
    evil = "<script>alert(1)</script>"
    site = desk.site
    with site.db.writing() as connection:
        upsert_leads(connection, [LeadEntry("lin", {"name": evil})], {}, Stamp(1, "test"))
    with site.db.reading() as connection:
        scope = scopes.of_rep(connection, "li", ZONE)
        period = period_of("daily", local_date(yesterday, ZONE))
        sources = Sources(site.settings, site.books, site.clockwork.calendars)
        told = report(connection, sources, scope, period, site.clock.now())
    for language in ("en", "zh-Hans", "zh-Hant"):
        text = report_file(told, language, {})
        assert f'lang="{language}"' in text
        assert evil not in text
        assert "&lt;script&gt;" in text
        assert not [word for word in ("http:", "https:", "src=", "href=", "url(") if word in text]


def test_what_a_rep_says_of_his_day_stands_in_his_report_and_his_teams(desk: Any) -> None:
    today = desk.site.clock.now()

    def says(problems: str, measures: str) -> None:
        form = {"csrf": desk.form_token("/day"), "problems": problems, "measures": measures}
        assert desk.browser.post("/day/note", data=form).status_code == 303

    desk.log_in("LI_TOKEN")
    says("no samples left", "ask")
    says("no samples <left>", "borrow two from Chengdu")
    assert "borrow two from Chengdu" in desk.browser.get("/day").text
    assert "no samples &lt;left&gt;" in daily(desk, today).text
    desk.browser.cookies.clear()
    desk.log_in("HAN_TOKEN")
    team = daily(desk, today).text
    assert ("borrow two from Chengdu" in team, ">ask<" in team) == (True, False)
    assert "borrow two" not in daily(desk, today - DAY).text
    assert "borrow two" not in daily(desk, today, rep="su").text
    says(" ", "")
    assert "borrow two from Chengdu" in daily(desk, today).text, "each writes his own"
