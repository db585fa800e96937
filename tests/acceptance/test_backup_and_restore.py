"""A copy made while others write, put back when the disk is gone: nothing leaves before somebody has looked."""

from __future__ import annotations

import re
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from engine.service.lock import daemon_lock

DOC = (Path(__file__).parents[2] / "docs" / "backup.md").read_text(encoding="utf-8")
WISHES = "2026-02-16T09:30+08:00"
"""When Chen's birthday wish has been due for half an hour."""


def sent_to(house: Any, lead: str, *only: str) -> list[str]:
    return [row["message_id"] for row in house.rows("deliveries", "--lead", lead, "--state", "sent", *only)]


def outbox(house: Any) -> int:
    return len([path for path in (house.folder / "outbox").rglob("*") if path.is_file()])


def test_a_backup_overwrites_nothing_and_leaves_no_other_file(house: Any) -> None:
    copy = house.folder / "copy.sqlite"
    said = house.say("db", "backup", str(copy))
    assert said == f"{copy} is whole: 4 leads, 0 touches, 0 deliveries; it sends nothing until: followup resume\n"
    assert [path.name for path in house.folder.glob("copy*")] == ["copy.sqlite"]
    assert copy.stat().st_mode & 0o077 == 0
    again = house.call("db", "backup", str(copy))
    assert (again.exit_code, again.stderr) == (
        2, f'"{copy}" is there already; a backup overwrites nothing, name another file\n'
    )  # fmt: skip


def test_a_copy_is_of_one_instant_though_others_write_all_the_time(house: Any) -> None:
    """Two rows are written in each transaction: no copy ever has one of them without the other."""
    stop = threading.Event()
    source = house.folder / "followup.sqlite"

    def write() -> None:
        with closing(sqlite3.connect(source, timeout=30, isolation_level=None)) as connection:
            connection.execute("CREATE TABLE pair (x)")
            while not stop.is_set():
                connection.execute("BEGIN IMMEDIATE")
                connection.execute("INSERT INTO pair VALUES (1)")
                connection.execute("INSERT INTO pair VALUES (2)")
                connection.execute("COMMIT")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        found = [house.rows("db", "backup", str(house.folder / f"{n}.sqlite"))[0]["rows"] for n in range(5)]
    finally:
        stop.set()
        writer.join()
    pairs = [rows.get("pair", 0) for rows in found]
    assert [n % 2 for n in pairs] == [0] * 5
    assert pairs[-1] > pairs[0]
    assert {rows["lead"] for rows in found} == {4}


def test_a_damaged_copy_is_refused_and_the_database_stays(house: Any) -> None:
    copy = house.folder / "copy.sqlite"
    house.say("db", "backup", str(copy))
    pages = bytearray(copy.read_bytes())
    pages[4096 * 3 : 4096 * 40] = b"x" * 4096 * 37
    copy.write_bytes(pages)
    refused = house.call("db", "restore", str(copy))
    assert refused.exit_code == 1
    assert re.fullmatch(r'"followup\.sqlite" is damaged \(.*\); nothing was changed\n', refused.stderr, re.DOTALL)
    assert sorted(path.name for path in house.folder.glob("followup.sqlite*.*")) == ["followup.sqlite.lock"]
    assert house.rows("lead", "find", "wang")


def test_what_is_no_backup_of_ours_is_refused(house: Any) -> None:
    other = house.folder / "other.sqlite"
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE invoice (id)")
    refused = house.call("db", "restore", str(other))
    assert refused.stderr == "the file is no backup of followup's; nothing was changed\n"
    assert house.call("db", "restore", "nowhere").stderr == 'there is no file "nowhere"\n'


def test_a_restore_is_refused_while_a_daemon_works_and_never_takes_an_old_one_away(house: Any) -> None:
    copy = house.folder / "copy.sqlite"
    house.say("db", "backup", str(copy))
    with daemon_lock(f"sqlite:///{house.folder / 'followup.sqlite'}"):
        told = house.call("db", "restore", str(copy)).stderr
    assert told == "another followup daemon is running on followup.sqlite; stop it first\n"
    house.say("db", "restore", str(copy))
    assert (house.folder / "followup.sqlite.replaced").exists()
    assert "is there from another time; move it away first" in house.call("db", "restore", str(copy)).stderr


def test_on_postgresql_the_line_that_does_it_is_named_without_its_password(house: Any) -> None:
    text = house.config.read_text(encoding="utf-8")
    house.write("database.url", "postgresql://followup:hunter2@db.example.com/followup").chmod(0o600)
    house.write("config.yaml", text.replace("sqlite:///followup.sqlite", "file:database.url"))
    told = house.call("db", "backup", "x.dump")
    assert (told.exit_code, told.stderr) == (2, (
        "the database is on PostgreSQL, whose own program does it: "
        "pg_dump --format=custom --file=x.dump postgresql://followup@db.example.com/followup\n"
    ))  # fmt: skip
    assert "pg_restore" in house.call("db", "restore", "x.dump").stderr


def test_what_was_sent_since_the_backup_is_held_and_found_in_the_log(house: Any) -> None:
    """One whole story: a backup, a wish that goes out, a restore, and no second wish."""
    copy = house.folder / "copy.sqlite"
    house.then("tick")
    house.say("db", "backup", str(copy))
    before = sent_to(house, "chen")
    house.say("tick", "--now", WISHES)
    sent = sent_to(house, "chen")
    [wish] = set(sent) - set(before)
    written = outbox(house)
    house.say("db", "restore", str(copy))
    for _ in range(2):  # the hold is in the database: it survives
        house.say("tick", "--now", WISHES)
    assert outbox(house) == written
    assert house.rows("status")[0]["holding"] == ["hold"]
    log = house.write("mail.log", f"postfix/cleanup[7]: 4F2: message-id={wish}\n<{'0' * 32}@followup.invalid>\n\n")
    assert house.say("db", "sent", str(log), "--dry-run") == "1 message was sent; nothing is noted yet\n"
    assert house.say("db", "sent", str(log)) == "1 message was sent, and is noted so\n"
    house.say("resume", "--now", WISHES)
    house.say("tick", "--now", WISHES)
    assert sent_to(house, "chen") == sent
    assert outbox(house) == written


def test_logs_are_believed_only_while_everything_is_held(house: Any) -> None:
    log = house.write("mail.log", "")
    told = house.call("db", "sent", str(log))
    assert (told.exit_code, told.stderr) == (
        2, "nothing is on hold: this is for a restored backup, before `followup resume`\n"
    )  # fmt: skip


def test_the_page_about_it_runs_from_top_to_bottom(house: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(house.folder)
    house.write("daemon.log", "")
    commands = re.findall(r"^followup (.+)$", "".join(re.findall(r"```sh\n(.*?)```", DOC, re.DOTALL)), re.M)
    assert commands[:2] == ["db backup nightly.sqlite", "db restore nightly.sqlite"]
    for command in commands:
        assert house.call(*command.split()).exit_code == 0, command
    assert house.rows("status")[0]["holding"] == []
