"""Leaving alone, exporting and erasing one person at the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

BIRTHDAY = "2026-02-17T09:00+08:00"


def test_who_is_left_alone_gets_nothing_and_every_view_says_so(house: Any) -> None:
    house.then("tick")
    before = house.rows("touches", "--lead", "wang")
    assert any(row["state"] == "draft" for row in before)
    sent = [row["id"] for row in before if row["state"] == "delivered"]
    assert house.then("lead", "restrict", "wang", "--reason", "he objected", "--actor", "li") == (
        "wang is left alone: nothing goes to him or tells of him\n"
    )
    line = "left alone since 2026-02-14, by li: he objected"
    assert line in house.say("lead", "show", "wang")
    assert line in house.then("explain", "wang")
    house.say("tick", "--now", BIRTHDAY)
    touches = house.rows("touches", "--lead", "wang")
    assert [row["id"] for row in touches if row["state"] == "delivered"] == sent
    assert {(row["state"], row["reason"]) for row in touches if row["id"] not in sent} == {("suppressed", "restricted")}
    assert house.then("lead", "restrict", "wang", "--lift") == "wang is looked after again\n"


def test_an_export_is_one_json_object(house: Any) -> None:
    found = json.loads(house.then("lead", "export", "wang", "--actor", "dpo"))
    assert found["lead"] == "wang"
    assert found["held"]["lead"][0]["email"] == "wang@example.com"
    assert found["held"]["lead"][0]["registered_at"] == "2024-01-02T01:00:00+00:00"
    assert found["held"]["date_record"][0]["year"] == 1988


def test_erasing_asks_first_and_leaves_ids(house: Any) -> None:
    house.then("tick")
    asked = house.call("lead", "erase", "wang", "--now", "2026-02-14T10:00+08:00")
    assert (asked.exit_code, "cannot be undone" in asked.output) == (130, True)
    said = house.then("lead", "erase", "wang", "--yes", "--actor", "dpo")
    assert said == "wang is erased: only ids and counts are left; backups still hold him\n"
    shown = house.say("lead", "show", "wang")
    assert "erased 2026-02-14, by dpo: only ids and counts are left" in shown
    assert "王芳" not in shown
    house.say("tick", "--now", BIRTHDAY)
    assert "王芳" not in json.dumps([house.rows("touches"), house.rows("deliveries")], ensure_ascii=False)
    again = house.then("import", "leads", str(house.folder / "leads.csv"))
    assert "1 in quarantine: " in again
    refused = Path(again.strip().rpartition(" ")[2]).read_text("utf-8")
    assert "was erased: nothing is put down about him" in refused


def test_a_wrong_call_says_what_to_do(house: Any) -> None:
    assert "say why" in house.call("lead", "restrict", "wang").output
    assert "--lift needs none" in house.call("lead", "restrict", "wang", "--lift", "--reason", "x").output
    assert 'there is no lead "wnag"; did you mean "wang"?' in house.call("lead", "export", "wnag").output
