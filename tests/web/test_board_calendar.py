"""The board's calendar: how much is due on which day, narrowed and opened; behind the book's horizon as planned."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event

from engine.desk.folder import Checked
from engine.desk.planning import PlannedTouch
from engine.domain.people import RepEntry
from engine.rulebook.loader import load_rulebook
from engine.rulebook.vocabulary import catalogue_for
from engine.stages.books import adopt
from engine.store.facts.people import upsert_reps

DUE = 1_790_000_000  # 2026-09-21T22:13 in Shanghai
DAY = 86_400
CELL = re.compile(
    r'<a href="(/board/day/([\d-]+)[^"]*)"[^>]*><span class="date">\d+</span>(?:<strong class="num">(\d+)<)?'
)


def cells(text: str) -> dict[str, int]:
    return {day: int(count) for _, day, count in CELL.findall(text) if count}


@pytest.fixture
def month(desk: Any) -> Any:
    """A September with a few touches; logged in as ops."""
    desk.touch("lin", "li", DUE, day_on="2026-09-22", occurrence_key="a")
    desk.touch("lin", "lin", DUE, "delivered", day_on="2026-09-22", occurrence_key="b", audience="lead", rule="wish")
    desk.touch("wei", "wu", DUE + 1, "dead", day_on="2026-09-22", occurrence_key="c", category="care")
    desk.touch("wei", "wu", DUE, "superseded", day_on="2026-09-22", occurrence_key="d")
    desk.touch("sun", "su", DUE, day_on="2026-09-30", occurrence_key="e")
    desk.touch("sun", "su", DUE, day_on="2026-11-30", occurrence_key="f")
    desk.log_in("OPS_TOKEN")
    return desk


def test_days_show_how_much_is_due_and_what_went_wrong(month: Any) -> None:
    text = month.browser.get("/board?month=2026-09").text
    assert cells(text) == {"2026-09-22": 3, "2026-09-30": 1}
    assert "!1" in text
    assert cells(month.browser.get("/board").text) == cells(text)  # this month, as the clock has it


@pytest.mark.parametrize(
    ("narrowed", "left"),
    [("rule=wish", 1), ("category=care", 1), ("rep=li", 2), ("rep=wu", 1), ("state=superseded", 1), ("rule=other", 0)],
)
def test_it_is_narrowed_by_rule_rep_category_and_state_and_so_is_the_day(month: Any, narrowed: str, left: int) -> None:
    text = month.browser.get(f"/board?month=2026-09&{narrowed}").text
    assert cells(text).get("2026-09-22", 0) == left
    day = next(path for path, on, _ in CELL.findall(text) if on == "2026-09-22")
    assert narrowed in day
    assert month.browser.get(day.replace("&amp;", "&")).text.count('href="/board/touch/') == left


def test_a_manager_sees_his_team_only(month: Any) -> None:
    month.browser.cookies.clear()
    month.log_in("HAN_TOKEN")
    assert cells(month.browser.get("/board?month=2026-09").text)["2026-09-22"] == 2
    text = month.browser.get("/board/day/2026-09-22").text
    assert ("Lin" in text, "Wei" in text, "Wu Gang" in month.browser.get("/board").text) == (True, False, False)


def test_a_day_names_no_confidential_customer(month: Any) -> None:
    month.touch("sha", "su", DUE, day_on="2026-09-22", occurrence_key="g")
    text = month.browser.get("/board/day/2026-09-22").text
    assert ("Sha" in text, "A confidential customer" in text) == (False, True)


def test_a_day_that_is_none_is_not_there(month: Any) -> None:
    for day in ("2026-02-30", "tomorrow", "2026-9-1", "20260901"):
        assert month.browser.get(f"/board/day/{day}").status_code == 404
    assert month.browser.get("/board?month=2026-13").status_code == 200


def test_behind_the_horizon_it_is_worked_out_when_asked(month: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    planned = PlannedTouch(
        "wish", "send", "greet", "wei", "lead", "wei", None, "1", "wish|wei", "", "", "planned", None, None, [], "care",
        None, None, "2026-10-05T09:00:00+08:00",
    )  # fmt: skip
    confidential = replace(planned, lead="sha", receiver="sha", comes_up_at="2026-10-05T08:00:00+08:00")
    monkeypatch.setattr("engine.web.board.ahead.planned_touches", lambda *_: [planned, confidential])
    settings = month.site.settings
    book, problems = load_rulebook({}, catalogue_for(settings, {}))
    assert book is not None, problems
    checked = Checked(book, {}, {})
    adopt(month.site.db, checked.book, checked.rules, checked.templates, DUE)
    page = "/board?month=2026-10"
    assert cells(month.browser.get(page).text) == {"2026-09-30": 1}
    token = month.form_token(page)
    begun = month.browser.post("/board/forecast", data={"csrf": token, "month": "2026-10"})
    assert begun.headers["location"] == page
    text = month.browser.get(page).text
    while "being worked out" in text:
        text = month.browser.get(page).text
    assert cells(text) == {"2026-10-05": 2}
    assert cells(month.browser.get(f"{page}&rep=wu").text) == {"2026-10-05": 1}
    rows = month.browser.get("/board/day/2026-10-05").text
    assert ("Wei" in rows, "Sha" in rows, rows.index("08:00") < rows.index("09:00")) == (True, False, True)
    month.browser.cookies.clear()
    month.log_in("HAN_TOKEN")
    rows = month.browser.get("/board/day/2026-10-05").text
    assert ("Wei" in rows, "Sha" in rows) == (False, True)
    assert cells(month.browser.get(page).text) == {"2026-10-05": 1}


def test_what_is_too_far_or_too_large_is_not_worked_out(month: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "too far ahead" in month.browser.get("/board?month=2027-10").text
    monkeypatch.setattr("engine.web.board.ahead.MOST_LEADS", 2)
    monkeypatch.setattr("engine.web.board.ahead.planned_touches", lambda *_: pytest.fail("worked out all the same"))
    text = month.browser.get("/board?month=2026-10").text
    assert ("too large" in text, "/board/forecast" in text) == (True, False)
    token = month.form_token("/board")
    month.browser.post("/board/forecast", data={"csrf": token, "month": "2026-10"})
    assert "being worked out" not in month.browser.get("/board?month=2026-10").text


def test_a_name_in_the_form_is_text(month: Any) -> None:
    with month.site.db.writing() as connection:
        upsert_reps(connection, [RepEntry("li", {"name": "<script>x</script>"})], {}, DUE)
    assert "<script>x" not in month.browser.get("/board").text
    assert "<script>" not in month.browser.get("/board?rule=<script>alert(1)</script>").text


def test_a_page_asks_as_much_for_many_rows_as_for_few(month: Any) -> None:
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    def statements(path: str) -> int:
        asked.clear()
        assert month.browser.get(path).status_code == 200
        return len(asked)

    event.listen(month.site.db.engine, "before_cursor_execute", note)
    paths = ("/board", "/board/day/2026-09-22", "/board/queue/dead", "/board/rules", "/board/channels")
    few = [statements(path) for path in paths]
    for number in range(60):
        month.touch("lin", "li", DUE, "dead", day_on="2026-09-22", occurrence_key=f"many{number}")
    assert [statements(path) for path in paths] == few
    assert max(few) <= 20
    event.remove(month.site.db.engine, "before_cursor_execute", note)
