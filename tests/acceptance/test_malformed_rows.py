"""Rows that somebody wrote past followup: named by id in one line each, and a name of a megabyte is only a name."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

import pytest

TOMORROW = "2026-02-16T09:30+08:00"
BEHIND = "nothing goes on before they are mended\n"


def write(house: Any, statement: str, *values: str) -> None:
    with closing(sqlite3.connect(house.folder / "followup.sqlite")) as connection:
        connection.execute(statement, values)
        connection.commit()


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("timezone", "Mars/Base", 'lead chen: there is no time zone "Mars/Base"; use a name like Asia/Shanghai\n'),
        ("last_contact_at", "last week", "lead chen: last_contact_at cannot be read\n"),
        ("channels", '["email"', "lead chen: channels cannot be read\n"),
    ],
)
def test_a_row_that_cannot_be_read_is_named_and_once_mended_nothing_is_lost(
    house: Any, column: str, value: str, told: str
) -> None:
    with closing(sqlite3.connect(house.folder / "followup.sqlite")) as connection:
        [(good,)] = connection.execute(f"SELECT {column} FROM lead WHERE id = 'chen'").fetchall()
    write(house, f"UPDATE lead SET {column} = ? WHERE id = 'chen'", value)
    refused = house.call("tick", "--now", TOMORROW)
    assert (refused.exit_code, refused.stderr) == (1, told + BEHIND)
    write(house, f"UPDATE lead SET {column} = ? WHERE id = 'chen'", good)
    house.say("tick", "--now", TOMORROW)
    assert house.rows("deliveries", "--lead", "chen", "--rule", "birthday", "--state", "sent")


def test_a_customer_whose_name_has_a_megabyte_is_written_to(house: Any) -> None:
    write(house, "UPDATE lead SET name = ? WHERE id = 'chen'", "王" * 1_000_000)
    house.say("tick", "--now", TOMORROW)
    assert house.rows("deliveries", "--lead", "chen", "--rule", "birthday", "--state", "sent")
    assert max(path.stat().st_size for path in (house.folder / "outbox").rglob("*") if path.is_file()) < 100_000
