"""What an author sees before anything is sent: plan, preview, rules."""

from __future__ import annotations

from typing import Any

import pytest

KEYS = [
    "rule", "step", "action", "lead", "audience", "receiver", "absent", "occasion", "occurrence_key", "nominal_at",
    "due_at", "state", "reason", "policy", "channels", "category", "carried_by", "gathered",
]  # fmt: skip
NOW = "2026-02-14T10:00+08:00"
WEEK = ("--from", "2026-02-14", "--to", "2026-02-21", "--now", NOW)


def test_a_line_of_the_plan_has_the_contracts_keys(house: Any) -> None:
    lines = house.rows("plan", *WEEK)
    assert lines
    assert {tuple(line) for line in lines} == {tuple(KEYS)}
    wish = next(line for line in lines if (line["lead"], line["rule"], line["step"]) == ("chen", "birthday", "wish"))
    assert wish["due_at"] == "2026-02-16T09:00:00+08:00"
    assert wish["occasion"] == "birthday:date#chen:birthday:2026"
    assert (wish["audience"], wish["receiver"]) == ("lead", "chen")
    assert (wish["state"], wish["channels"]) == ("planned", ["email"])


def test_of_two_wishes_on_one_day_one_is_merged(house: Any) -> None:
    day = house.rows("plan", "--from", "2026-02-17", "--to", "2026-02-18", "--lead", "wang", "--now", NOW)
    assert {(line["rule"], line["state"], line["policy"]) for line in day if line["step"] == "wish"} == {
        ("birthday-signed", "planned", None), ("spring-festival", "merged", "one-wish-a-day"),
    }  # fmt: skip


def test_a_bereavement_suppresses_what_is_festive(house: Any) -> None:
    house.then("event", "add", "bereavement", "--lead", "chen")
    wishes = [line for line in house.rows("plan", *WEEK, "--lead", "chen") if line["step"] == "wish"]
    assert {(line["state"], line["policy"]) for line in wishes} == {("suppressed", "mourning")}


def test_the_plan_says_what_it_takes_for_granted_and_writes_nothing(house: Any) -> None:
    before = (house.folder / "followup.sqlite").read_bytes()
    result = house.call("plan", *WEEK)
    assert result.stderr == (
        "assumed: no contact but the signed greetings themselves, no reply, every draft signed, every send accepted\n"
    )
    assert (house.folder / "followup.sqlite").read_bytes() == before
    assert not (house.folder / "outbox").exists()


def test_the_plan_in_a_pipe_is_aligned_by_day(house: Any) -> None:
    lines = house.say("plan", *WEEK, "--lead", "chen").splitlines()
    assert lines[:2] == ["2026-02-14", "time   rule      step     lead  to  state    why  via"]
    assert lines[2] == "10:00  birthday  prepare  chen  li  planned       email"
    assert "2026-02-16" in lines
    assert not any("\x1b" in line for line in lines)


def test_overdue_work_comes_up_today(house: Any) -> None:
    """Chen's birthday was to be prepared on the 13th; nobody was there to say so."""
    prepare = house.rows("plan", *WEEK, "--lead", "chen")[0]
    assert (prepare["step"], prepare["due_at"]) == ("prepare", "2026-02-13T09:00:00+08:00")


def test_a_folder_with_mistakes_is_not_planned(house: Any) -> None:
    house.write("rules/new.yaml", "rules:\n  - id: new\n    setps: []\n")
    result = house.call("plan", *WEEK)
    assert result.exit_code == 1
    assert 'rules/new.yaml:3:5: error R104: unknown key "setps" in rule "new"; did you mean "steps"?' in result.stderr


def test_check_lists_every_mistake_of_every_file(house: Any) -> None:
    house.write("rules/new.yaml", "rules:\n  - id: new\n    setps: []\n")
    house.write("templates/greeting/birthday/mail.en.txt.j2", "{% block subject %}")
    result = house.call("check")
    assert result.exit_code == 1
    files = {line.partition(":")[0] for line in result.stderr.splitlines()}
    assert files >= {"rules/new.yaml", "templates/greeting/birthday/mail.en.txt.j2"}


@pytest.mark.parametrize(
    ("locale", "subject"),
    [("zh-Hans", "生日快乐"), ("zh-Hant", "生日快樂"), ("en", "Happy birthday")],
)
def test_a_template_is_seen_in_every_language(house: Any, locale: str, subject: str) -> None:
    said = house.then("preview", "greeting/birthday", "--lead", "chen", "--locale", locale)
    assert said.startswith("Subject: ")
    assert subject.lower() in said.lower()


def test_a_template_for_the_rep_names_the_occasion(house: Any) -> None:
    said = house.then("preview", "reminder/birthday", "--lead", "wang")
    assert "李雷" in said
    assert "2 月 17 日" in said or "2026-02-17" in said


def test_a_text_is_shown_as_chats_and_short_messages_show_it(house: Any) -> None:
    house.write("templates/reminder/birthday/mail.zh-Hans.md.j2", "**{{ lead.name }}**快过生日了\n")
    house.write("templates/greeting/birthday/sms.zh-Hans.txt.j2", "{{ lead.name }}，生日快乐！\n")
    assert "\n\n**王芳**快过生日了\n" in house.then("preview", "reminder/birthday", "--lead", "wang", "--as", "chat")
    wish = ("preview", "greeting/birthday", "--lead", "chen", "--as", "sms")
    assert house.then(*wish).endswith("\n\n陈晨，生日快乐！\n")
    house.say(*wish, "--html", code=2)


def test_of_several_rules_with_one_text_it_is_the_rule_of_the_lead(house: Any) -> None:
    text = "{% block subject %}{{ occasion.rule }}{% endblock %}{% block body %}It is near.{% endblock %}\n"
    house.write("templates/reminder/birthday/mail.zh-Hans.txt.j2", text)
    said = [house.then("preview", "reminder/birthday", "--lead", lead) for lead in ("chen", "wang")]
    assert [text.splitlines()[0] for text in said] == ["Subject: birthday", "Subject: birthday-signed"]


def test_an_event_that_nobody_recorded_is_made_up_for_a_preview(house: Any) -> None:
    assert "洪水" in house.then("preview", "reminder/affected", "--lead", "chen")


def test_html_is_shown_on_demand(house: Any) -> None:
    assert "<html" in house.then("preview", "greeting/birthday", "--lead", "chen", "--html").lower()


def test_every_rule_is_listed_with_its_place(house: Any) -> None:
    rows = house.rows("rules", "list")
    files = [file.read_text("utf-8") for file in (house.folder / "rules").glob("*.yaml")]
    written = {line.partition("#")[0].rstrip() for text in files for line in text.splitlines()}
    assert {f"  - id: {row['rule']}" for row in rows} <= written
    assert len(rows) > 20
    birthday = next(row for row in rows if row["rule"] == "birthday")
    assert (birthday["on"], birthday["steps"]) == ("date", ["prepare", "wish"])
    assert birthday["place"].startswith("rules/birthday.yaml:")
