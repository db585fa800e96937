"""Rows that somebody wrote past followup set aside their customer alone, by id; a name of a megabyte is only a name."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

import pytest

TOMORROW = "2026-02-16T09:30+08:00"


def write(house: Any, statement: str, *values: str) -> None:
    with closing(sqlite3.connect(house.folder / "followup.sqlite")) as connection:
        connection.execute(statement, values)
        connection.commit()


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("timezone", "Mars/Base", "lead chen: timezone is no time zone; use a name like Asia/Shanghai"),
        ("last_contact_at", "last week", "lead chen: last_contact_at is no number to reckon with"),
        ("channels", '["email"', "lead chen: channels cannot be read"),
    ],
)
def test_a_row_that_cannot_be_read_sets_one_customer_aside_and_once_mended_nothing_is_lost(
    house: Any, column: str, value: str, told: str
) -> None:
    with closing(sqlite3.connect(house.folder / "followup.sqlite")) as connection:
        [(good,)] = connection.execute(f"SELECT {column} FROM lead WHERE id = 'chen'").fetchall()
    write(house, f"UPDATE lead SET {column} = ? WHERE id = 'chen'", value)
    house.say("tick", "--now", TOMORROW)
    assert not house.rows("deliveries", "--lead", "chen")
    assert house.rows("deliveries", "--state", "sent")
    assert told in house.say("status", "--now", TOMORROW)
    for words in (["lead", "show", "chen"], ["explain", "chen"]):
        refused = house.call(*words)
        assert (refused.exit_code, refused.stderr.splitlines()[1]) == (1, told)
    write(house, f"UPDATE lead SET {column} = ? WHERE id = 'chen'", good)
    house.say("tick", "--now", TOMORROW)
    assert house.rows("deliveries", "--lead", "chen", "--rule", "birthday", "--state", "sent")


def test_a_customer_whose_name_has_a_megabyte_is_written_to(house: Any) -> None:
    write(house, "UPDATE lead SET name = ? WHERE id = 'chen'", "王" * 1_000_000)
    house.say("tick", "--now", TOMORROW)
    assert house.rows("deliveries", "--lead", "chen", "--rule", "birthday", "--state", "sent")
    assert max(path.stat().st_size for path in (house.folder / "outbox").rglob("*") if path.is_file()) < 100_000


def test_a_rep_who_cannot_be_read_is_named_and_nothing_goes_on_before_that(house: Any) -> None:
    write(house, "UPDATE rep SET timezone = 'Mars/Base' WHERE id = 'li'")
    refused = house.call("tick", "--now", TOMORROW)
    told = "rep li: timezone is no time zone; use a name like Asia/Shanghai\nnothing goes on before they are mended\n"
    assert (refused.exit_code, refused.stderr) == (1, told)
