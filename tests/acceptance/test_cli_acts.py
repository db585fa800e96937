"""What people do by hand, and what comes of it."""

from __future__ import annotations

from typing import Any

import pytest

NOW = "2026-02-14T10:00+08:00"
BIRTHDAY = "2026-02-17T09:00+08:00"


def drafted(house: Any) -> int:
    """Wang's birthday wish, written three days ahead, waiting for a signature."""
    house.then("tick")
    draft = house.rows("touches", "--state", "draft")[0]
    assert (draft["lead"], draft["rule"]) == ("wang", "birthday-signed")
    return int(draft["id"])


def sent_texts(house: Any) -> list[str]:
    return [path.read_text(encoding="utf-8") for path in sorted((house.folder / "outbox").glob("*")) if path.is_file()]


def state_of(house: Any, touch: int) -> tuple[str, str | None]:
    row = next(row for row in house.rows("touches") if row["id"] == touch)
    return row["state"], row["reason"]


def test_a_signed_draft_leaves_at_its_hour(house: Any) -> None:
    touch = drafted(house)
    said = house.then("approve", str(touch), "--actor", "li")
    assert said == f"touch {touch} is signed by li; it leaves at 2026-02-17T09:00+08:00\n"
    assert state_of(house, touch)[0] == "signed"
    house.say("tick", "--now", BIRTHDAY)
    row = next(row for row in house.rows("touches") if row["id"] == touch)
    assert (row["state"], row["signed_by"]) == ("delivered", "li")


def test_a_draft_leaves_in_the_words_of_its_signer(house: Any) -> None:
    touch = drafted(house)
    edited = house.write("wish.txt", "Subject: 生日快乐，王姐\n\n今年的茶展，我给您留了座位。\n")
    house.then("approve", str(touch), "--edit", str(edited))
    house.say("tick", "--now", BIRTHDAY)
    delivery = next(row for row in house.rows("deliveries") if row["touch"] == touch)
    assert delivery["state"] == "sent"
    assert any("今年的茶展" in text or "5LuK5bm055qE6Iy25bGV" in text for text in sent_texts(house))


def test_a_rejected_draft_never_leaves(house: Any) -> None:
    touch = drafted(house)
    assert house.then("reject", str(touch), "--actor", "li") == f"touch {touch} is rejected by li\n"
    house.say("tick", "--now", BIRTHDAY)
    assert state_of(house, touch) == ("cancelled", "rejected")
    verdicts = next(
        one["verdicts"]
        for one in house.rows("explain", "wang", "--rule", "birthday-signed", "--now", BIRTHDAY)[0]["touches"]
        if one["id"] == touch
    )
    assert (verdicts[-1]["effect"], verdicts[-1]["facts"]) == ("reject", {"actor": "li"})


def test_an_unsigned_draft_expires_and_cannot_be_signed_any_more(house: Any) -> None:
    touch = drafted(house)
    late = house.call("approve", str(touch), "--now", BIRTHDAY)
    assert late.stderr == f"touch {touch} was to be signed earlier: its deadline has passed\n"
    house.say("tick", "--now", BIRTHDAY)
    assert state_of(house, touch) == ("expired", "unsigned")
    again = house.call("approve", str(touch), "--now", BIRTHDAY)
    assert (again.exit_code, again.stderr) == (2, f"touch {touch} is expired, not draft\n")


def test_a_talk_is_counted_and_its_next_appointment_kept(house: Any) -> None:
    said = house.then("log", "chen", "--outcome", "reached", "--note", "wants samples", "--next", "2026-03-01 visit")
    assert said == "logged a contact with chen: reached\nnext appointment: 2026-03-01T09:00+08:00\n"
    known = house.rows("lead", "show", "chen")[0]
    assert (known["contacts"], known["last_contact_at"]) == (4, "2026-02-14T10:00+08:00")
    assert [one["note"] for one in known["interactions"]] == ["wants samples"]
    assert [(one["kind"], one["starts_at"], one["product"]) for one in known["records"]] == [
        ("appointment", "2026-03-01T09:00+08:00", "visit")
    ]


def test_an_attempt_is_no_contact(house: Any) -> None:
    assert house.then("log", "chen", "--outcome", "no_answer") == "logged an attempt with chen: no_answer\n"
    known = house.rows("lead", "show", "chen")[0]
    assert (known["contacts"], known["attempts"]) == (3, 1)


def test_an_event_in_a_region_applies_to_who_lives_there(house: Any) -> None:
    said = house.then("event", "add", "flood", "--region", "5101", "--severity", "severe")
    assert said.endswith(": applies to 1 lead\n")
    house.then("tick")
    assert {row["lead"] for row in house.rows("touches", "--rule", "disaster")} == {"wang"}
    assert [row["kind"] for row in house.rows("event", "list", "--lead", "wang")] == ["flood"]
    assert house.rows("event", "list", "--lead", "chen") == []


def test_an_event_that_ended_is_not_active(house: Any) -> None:
    event = house.then("event", "add", "illness", "--lead", "chen", "--from", "2026-02-10").partition(":")[0]
    assert [row["id"] for row in house.rows("event", "list", "--active", "--now", NOW)] == [event]
    assert house.then("event", "end", event) == f"{event} has ended\n"
    assert house.rows("event", "list", "--active", "--now", NOW) == []


def test_the_last_day_of_an_event_belongs_to_it(house: Any) -> None:
    house.then("event", "add", "fair", "--region", "51", "--from", "2026-02-20", "--to", "2026-02-22")
    assert house.rows("event", "list")[0]["ends_at"] == "2026-02-23T00:00+08:00"


def test_a_paused_category_waits_until_it_is_resumed(house: Any) -> None:
    assert house.then("pause", "--category", "festive", "--actor", "li") == "category festive is paused\n"
    assert house.then("pause", "--category", "festive") == "category festive was already paused\n"
    house.then("tick")
    day = "2026-02-16T09:00+08:00"
    house.say("tick", "--now", day)
    assert house.rows("deliveries", "--lead", "chen", "--rule", "birthday", "--state", "pending")
    assert house.rows("status", "--now", day)[0]["pauses"][0]["name"] == "festive"
    assert house.say("resume", "--category", "festive", "--now", day) == "category festive goes on\n"
    house.say("tick", "--now", day)
    assert house.rows("deliveries", "--lead", "chen", "--rule", "birthday", "--state", "pending") == []


def test_a_jump_of_the_clock_is_lifted_by_a_person_only(house: Any) -> None:
    house.then("tick")
    later = "2026-05-01T10:00+08:00"
    house.say("tick", "--now", later)
    assert house.rows("status", "--now", later)[0]["holding"] == ["clock_jump"]
    assert house.say("resume", "--now", later) == "everything goes on\n"
    house.say("tick", "--now", later)
    status = house.rows("status", "--now", later)[0]
    assert (status["holding"], status["last_tick"]) == ([], "2026-05-01T10:00:00+08:00")


def test_a_field_is_set_and_its_change_kept(house: Any) -> None:
    assert house.then("lead", "set", "chen", "tier=gold", "date.wedding=2015-06-01") == (
        "chen: tier=gold, date.wedding=2015-06-01\n"
    )
    known = house.rows("lead", "show", "chen")[0]
    assert known["tier"] == "gold"
    assert [(one["kind"], one["date"]) for one in known["dates"]] == [
        ("birthday", "1990-02-16"), ("wedding", "2015-06-01"),
    ]  # fmt: skip
    assert house.then("lead", "set", "chen", "tier=gold") == "chen: nothing to change\n"


def test_leads_are_found_by_any_part_of_what_names_them(house: Any) -> None:
    for text in ("wan", "王芳", "WANG@example"):
        assert [row["id"] for row in house.rows("lead", "find", text)] == ["wang"]
    assert house.call("lead", "find", "100%").stderr == 'no lead holds "100%"\n'


def test_a_rejected_reload_keeps_the_old_rules_and_status_says_so(house: Any) -> None:
    assert house.say("reload") == "generation 1 is in force\n"
    assert house.say("reload") == "generation 1 is in force; nothing had changed\n"
    bad = house.write("rules/new.yaml", "rules:\n  - id: new\n    setps: []\n")
    assert house.call("reload").exit_code == 1
    status = house.rows("status")[0]
    assert status["generation"]["id"] == 1
    assert any("setps" in problem for problem in status["rejected_reload"]["problems"])
    assert "the rules above stay in force" in house.say("status")
    bad.unlink()
    house.say("reload")
    assert house.rows("status")[0]["rejected_reload"] is None


@pytest.mark.parametrize("command", ["touches", "deliveries"])
def test_lists_are_narrowed(house: Any, command: str) -> None:
    house.then("tick")
    everything = house.rows(command)
    assert everything
    assert house.rows(command, "--lead", "nobody") == []
    assert {row["lead"] for row in house.rows(command, "--lead", "chen")} <= {"chen"}
    assert house.rows(command, "--from", "2030-01-01") == []
    assert house.rows(command, "--to", "2030-01-01") == everything
