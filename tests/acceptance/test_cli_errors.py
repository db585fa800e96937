"""Whatever is wrong with a call, one line says where and what to do, and the exit code says what kind it is."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest

NOW = ("--now", "2026-02-14T10:00+08:00")
PLAN = ("plan", "--from", "2026-02-14", "--to")

WRONG_CALLS = {
    ("frobnicate",): 'there is no command "frobnicate"; see: followup --help',
    ("tuoches",): 'there is no command "tuoches"; did you mean "touches"?',
    ("plan",): "Missing option '--to'; see: followup plan --help",
    (*PLAN, "2026-02-30"): (
        "Invalid value for '--to': \"2026-02-30\" is no date or time; write 2026-02-14 or 2026-02-14T09:00+08:00; "
        "see: followup plan --help"
    ),
    (*PLAN, "2026-02-13"): "--to must lie after --from",
    ("plan", "--from", "2026-02-14", "--to", "2200-01-01"): "--to lies more than 731 days ahead; plan a nearer span",
    (*PLAN, "2026-02-20", "--lead", "cehn"): 'there is no lead "cehn"; did you mean "chen"?',
    ("explain", "nobody-like-that"): 'there is no lead "nobody-like-that"; see: followup lead find TEXT',
    ("explain", "chen", "--rule", "birtday"): 'unknown rule "birtday"; did you mean "birthday"?',
    ("explain", "chen", "--rule", "?"): 'unknown rule "?"; see: followup rules list',
    ("preview", "greeting/birthda", "--lead", "chen"): (
        'there is no template "greeting/birthda"; did you mean "greeting/birthday"?'
    ),
    ("approve", "x"): "Invalid value for 'ID': 'x' is not a valid integer range; see: followup approve --help",
    ("approve", "0"): (
        "Invalid value for 'ID': 0 is not in the range 1<=x<=9223372036854775807; see: followup approve --help"
    ),
    ("approve", "99"): "there is no touch 99; list drafts with: followup touches --state draft",
    ("reject", "99"): "there is no touch 99; list drafts with: followup touches --state draft",
    ("retry", "99"): "there is no touch 99; list them with: followup touches --state dead",
    ("resolve", "99", "sent"): "there is no delivery 99; list them with: followup deliveries --state in_doubt",
    ("approve", "1", "--edit", "nowhere.txt"): '"nowhere.txt" cannot be read: No such file or directory',
    ("log", "chne", "--outcome", "reached"): 'there is no lead "chne"; did you mean "chen"?',
    ("log", "chen", "--outcome", "reachd"): 'unknown outcome "reachd"; did you mean "reached"?',
    ("log", "chen", "--outcome", "reached", "--purpose", "vist"): 'unknown purpose "vist"; did you mean "visit"?',
    ("log", "chen", "--outcome", "reached", "--at", "2026-02-15"): (
        "what is logged has happened; --at lies in the future (an appointment is --next)"
    ),
    ("log", "chen", "--outcome", "reached", "--next", "soon visit"): (
        '--next: "soon" is no date; write "2026-03-01 visit" or "2026-03-01T14:00 visit"'
    ),
    ("log", "chen", "--outcome", "reached", "--next", "2026-02-01 visit"): (
        '--next "2026-02-01 visit" lies in the past; an appointment is still to come'
    ),
    ("lead", "set", "chen", "tier"): '"tier" is not FIELD=VALUE; write e.g. tier=gold',
    ("lead", "set", "chen", "teir=gold"): 'unknown field "teir"; did you mean "tier"?',
    ("lead", "set", "chen", "tier=god"): 'tier: "god" is not one of platinum, gold, iron, lead',
    ("lead", "set", "chen", "owner=lii"): 'there is no rep "lii"; did you mean "li"?',
    ("event", "add", "flod", "--region", "51"): 'unknown kind of event "flod"; did you mean "flood"?',
    ("event", "add", "flood"): "give --lead, --invite, --region, --area or --near: whom does it concern?",
    ("event", "add", "journey", "--lead", "chen", "--host", "nobody"):
        'there is no rep "nobody"; see: followup import reps FILE',
    ("event", "end", "x"): 'there is no circumstance "x"; see: followup event list',
    ("pause", "--rule", "birthday", "--channel", "email"): (
        "give one of --rule, --channel and --category, or none for everything"
    ),
    ("pause", "--channel", "emial"): 'unknown channel "emial"; did you mean "email"?',
    ("pause", "--category", "sale"): 'unknown category "sale"; did you mean "sales"?',
}
TAKES_NOW = {"plan", "explain", "preview", "approve", "reject", "retry", "resolve", "log", "event", "pause"}


@pytest.mark.parametrize("args", WRONG_CALLS, ids=" ".join)
def test_a_wrong_call_ends_with_one_line_and_exit_2(house: Any, args: tuple[str, ...]) -> None:
    result = house.call(*args, *(NOW if args[0] in TAKES_NOW else ()))
    assert result.stderr == WRONG_CALLS[args] + "\n"
    assert (result.exit_code, result.stdout) == (2, "")


def test_a_missing_config_says_how_to_make_one(house: Any) -> None:
    result = house.call("status", "-c", "nowhere.yaml")
    assert result.exit_code == 1
    assert result.stderr == (
        "nowhere.yaml:1:1: error C100: cannot be read: No such file or directory; "
        "`followup init DIR` makes one; --config names another\n"
    )


@pytest.mark.parametrize("command", ["status", "touches", "db upgrade", "tick", "log x --outcome y"])
def test_a_file_that_is_no_database_is_named_so(house: Any, command: str) -> None:
    (house.folder / "followup.sqlite").write_bytes(b"these are not the tables you are looking for" * 100)
    result = house.call(*command.split())
    assert (result.exit_code, result.stderr) == (
        1, "the file is not a followup database; name another in config.yaml (database:)\n"
    )  # fmt: skip


def test_a_server_that_does_not_answer_is_one_line(house: Any) -> None:
    text = house.config.read_text(encoding="utf-8")
    house.write("config.yaml", text.replace("sqlite:///followup.sqlite", "postgresql://127.0.0.1:1/none"))
    result = house.call("status")
    assert result.exit_code == 1
    assert result.stderr.startswith("the database does not answer: ")
    assert result.stderr.count("\n") == 1


def test_a_database_of_an_older_release_is_not_touched(house: Any) -> None:
    with sqlite3.connect(house.folder / "followup.sqlite") as raw:
        raw.execute("DELETE FROM alembic_version")
        raw.execute("INSERT INTO alembic_version VALUES ('0001')")
    raw.close()
    result = house.call("status")
    assert result.exit_code == 1
    assert result.stderr == "the database needs an upgrade; stop the daemon and run: followup db upgrade\n"
    assert house.call("db", "status").exit_code == 1


def test_a_frozen_clock_writes_only_to_a_rehearsal(house: Any) -> None:
    for old in house.folder.glob("followup.sqlite*"):
        old.unlink()
    house.say("db", "upgrade")
    for command in ("tick", f"import leads {house.folder}/leads.csv", "event add flood --region 51"):
        result = house.call(*command.split(), *NOW)
        assert result.exit_code == 2
        assert result.stderr.startswith("--now writes only to a rehearsal database")
    assert house.call("status", *NOW).exit_code == 0


def test_words_to_sign_must_have_a_subject(house: Any) -> None:
    path = house.write("wish.txt", "just words\n")
    result = house.call("approve", "1", "--edit", str(path))
    assert (result.exit_code, result.stderr) == (
        2, f'"{path}" must begin with a line "Subject: ...", a blank line, then the text\n'
    )  # fmt: skip


def test_a_bug_is_one_line_unless_debug_is_asked_for(house: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_app: object) -> None:
        raise RuntimeError("the moon\nis full")

    monkeypatch.setattr("engine.cli.status.gather", broken)
    result = house.call("status")
    assert (result.exit_code, result.stderr) == (
        1, "internal error: RuntimeError; run again with --debug\n"
    )  # fmt: skip
    assert "Traceback" in house.call("--debug", "status").stderr
    assert "Traceback" in house.call("status", "--debug").stderr
