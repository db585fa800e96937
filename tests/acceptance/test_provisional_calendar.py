"""A year whose official calendar is not out yet: told everywhere, and put right when it is."""

from __future__ import annotations

import json

import pytest

from tests.acceptance.conftest import House

RULE = """\
rules:
  - id: worked
    category: care
    on: {date: birthday}
    steps:
      - {id: wish, at: 0d 09:00, shift: next_workday, greet: lead, template: greeting/birthday}
"""
LEADS = """\
id,name,email,owner,tier,timezone,locale,country,registered_at,date.birthday
early,早,early@example.com,li,lead,Asia/Shanghai,zh-Hans,CN,2024-01-02T09:00,1980-02-04
late,晚,late@example.com,li,lead,Asia/Shanghai,zh-Hans,CN,2024-01-02T09:00,1980-02-08
abroad,远,abroad@example.com,li,lead,Asia/Singapore,zh-Hans,SG,2024-01-02T09:00,1980-02-08
"""
BEFORE, AFTER = "2027-02-04T10:00+08:00", "2027-02-06T10:00+08:00"
PUBLISHED = {f"2027-02-{day:02d}": True for day in range(5, 13)} | {"2027-02-13": False}


@pytest.fixture
def waiting(house: House) -> House:
    """The eve of a Spring Festival whose days off are still a guess; one wish was sent, two wait."""
    for file in (house.folder / "rules").glob("*.yaml"):
        file.unlink()
    house.write("rules/worked.yaml", RULE)
    house.say("import", "leads", str(house.write("more.csv", LEADS)), "--now", BEFORE)
    house.say("tick", "--now", BEFORE)
    house.say("tick", "--now", AFTER)
    return house


def publish(house: House) -> None:
    days = [{"name": "春节", "date": day, "isOffDay": off} for day, off in PUBLISHED.items()]
    house.write("cn-2027.json", json.dumps({"year": 2027, "papers": [], "days": days}))
    config = house.config.read_text(encoding="utf-8")
    house.write("config.yaml", config.replace("calendars:\n", "calendars:\n  CN: {files: [cn-2027.json]}\n"))


def wishes(house: House) -> dict[str, tuple[str, str, str]]:
    """State, and the day before and after the shift, by lead."""
    return {
        row["lead"]: (row["state"], row["nominal_at"][:10], row["due_at"][:10])
        for row in house.rows("touches", "--rule", "worked")
        if row["lead"] in ("early", "late", "abroad")
    }


def test_what_waits_moves_when_the_official_days_arrive_and_what_was_sent_stays(waiting: House) -> None:
    assert wishes(waiting) == {
        "early": ("delivered", "2027-02-04", "2027-02-04"),
        "late": ("planned", "2027-02-08", "2027-02-11"),
        "abroad": ("planned", "2027-02-08", "2027-02-09"),
    }
    publish(waiting)
    waiting.say("tick", "--now", AFTER)
    assert wishes(waiting) == {
        "early": ("delivered", "2027-02-04", "2027-02-04"),
        "late": ("planned", "2027-02-08", "2027-02-13"),
        "abroad": ("planned", "2027-02-08", "2027-02-09"),
    }
    assert json.loads(waiting.say("tick", "--now", AFTER, "--json"))["superseded"] == 0


def test_status_names_the_year_and_what_depends_on_it(waiting: House) -> None:
    [told] = waiting.rows("status", "--now", AFTER)
    calendars = {(one["country"], one["year"]): one for one in told["calendars"]}
    assert calendars["CN", 2027] == {"country": "CN", "year": 2027, "data": "provisional", "rules": ["worked"]}
    assert calendars["SG", 2027]["data"] == "published"
    assert "provisional CN 2027; may still move: worked" in waiting.say("status", "--now", AFTER)
    publish(waiting)
    [told] = waiting.rows("status", "--now", AFTER)
    calendars = {(one["country"], one["year"]): one for one in told["calendars"]}
    assert calendars["CN", 2027]["data"] == "published"


def test_a_bad_official_calendar_stops_everything_with_one_line(waiting: House) -> None:
    publish(waiting)
    day = {"name": "x", "date": "2027-02-30", "isOffDay": True}
    path = waiting.write("cn-2027.json", json.dumps({"year": 2027, "days": [day]}))
    line = f'{path}:1:1: error C117: days[0].date: "2027-02-30" is not a day; write e.g. 2026-01-01\n'
    for command, code in (("check", 1), ("tick", 1)):
        result = waiting.call(command)
        assert (result.exit_code, result.stderr) == (code, line)


def test_what_a_customer_observes_is_shown(house: House) -> None:
    house.then("import", "leads", str(house.write("more.csv", "id,name,observances\nkim,金,christmas; easter\n")))
    assert "christmas, easter" in house.say("lead", "show", "kim")
