"""What `followup report` says of a played day, and that its sums are those of `followup touches`."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

RULES = ("week", "team-week")
TUESDAY = "2026-02-17T20:00+08:00"


def subject_of(path: Path) -> str:
    return str(message_from_bytes(path.read_bytes(), policy=default)["subject"])


@pytest.fixture
def played(house: Any) -> Any:
    """Wang's birthday: the wish was not signed, and nobody reached her."""
    for hour in ("2026-02-14T10:00+08:00", "2026-02-16T09:00+08:00"):
        house.say("tick", "--now", hour)
    house.say("log", "wang", "--outcome", "no_answer", "--channel", "phone", "--actor", "li", "--now", TUESDAY)
    return house


def test_the_sums_are_those_of_touches(played: Any) -> None:
    parts = played.rows("report", "monthly", "--on", "2026-02-01", "--now", TUESDAY)
    listed = [
        row for row in played.rows("touches", "--from", "2026-02-01", "--to", "2026-03-01")
        if row["action"] == "remind" and row["occurrence_key"].count("|") == 4  # a note about a touch has more
    ]  # fmt: skip
    work = next(row for row in parts if row["part"] == "work")
    kinds = {row["kind"]: row["planned"] for row in parts if row["part"] == "kind"}
    assert listed
    assert kinds["reminder"] + work["withdrawn"] == len(listed)
    assert work["planned"] == sum(kinds.values())
    assert work["planned"] == sum(row["planned"] for row in parts if row["part"] == "rep")


def test_a_day_names_what_did_not_go_as_planned_and_what_comes_next(played: Any) -> None:
    said = played.say("report", "daily", "--rep", "li", "--now", TUESDAY)
    assert said.startswith("2026-02-17 · 李雷 (li)\n")
    assert "Work" in said
    assert "then: " in said
    assert "王芳" in said
    assert max(map(len, said.splitlines())) <= 80


def test_a_confidential_customer_is_counted_and_not_named(played: Any) -> None:
    before = played.rows("report", "daily", "--now", TUESDAY)
    played.say("lead", "set", "wang", "confidential=true", "--now", TUESDAY)
    after = played.rows("report", "daily", "--now", TUESDAY)
    assert after[1] == before[1]
    assert not [row for row in after if row["part"] == "unfinished" and "wang" in row["lead"]]
    assert "王芳" not in played.say("report", "daily", "--now", TUESDAY)
    assert "(confidential)" in played.say("report", "daily", "--now", TUESDAY)


def test_a_period_in_which_nothing_was_says_so(house: Any) -> None:
    said = house.say("report", "weekly", "--rep", "han", "--on", "2020-01-01", "--now", TUESDAY)
    assert said == "2019-12-30 to 2020-01-05 · 韩梅 (han)\nnothing was planned, and nobody was talked with\n"


@pytest.mark.parametrize(("call", "said"), [
    (("weekly", "--rep", "lii"), 'there is no rep "lii"; did you mean "li"?'),
    (("weekly", "--team", "east"), 'nobody is in a team "east"'),
    (("weekly", "--team", "east", "--rep", "li"), "give --rep or --team, not both"),
    (("daily", "--on", "2026-02-18"), "--on lies ahead; nothing has come of 2026-02-18 yet (see: followup plan)"),
])  # fmt: skip
def test_a_wrong_call_is_one_line(house: Any, call: tuple[str, ...], said: str) -> None:
    result = house.call("report", *call, "--now", TUESDAY)
    assert (result.exit_code, result.stderr) == (2, said + "\n")


def test_each_week_comes_by_mail_on_the_first_working_day_after_it(played: Any) -> None:
    played.say("tick", "--now", "2026-02-23T08:20+08:00")     # a Monday, and still Spring Festival
    assert not played.rows("deliveries", "--rule", "week")
    for hour in ("08:20", "08:50"):
        played.say("tick", "--now", f"2026-02-24T{hour}+08:00")
    sent = [(one["receiver"], one["state"]) for rule in RULES for one in played.rows("deliveries", "--rule", rule)]
    assert sent == [("li", "sent"), ("li", "sent"), ("han", "sent"), ("han", "sent")]
    subjects = {subject_of(path) for path in (played.folder / "outbox").glob("*.eml")}
    assert {"周报 2026-02-09：按时率 0%", "周报 2026-02-16：按时率 0%"} <= subjects   # both Mondays were days off
