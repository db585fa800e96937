"""Setting up: a folder, its database, and the people in it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

GOOD = "id,name\n" + "".join(f"new-{n},Customer {n}\n" for n in range(5))
BAD = "id,name,email\n,Nobody,\nx,X,not an address\n"


def test_a_new_folder_checks_and_has_a_database(house: Any, tmp_path: Path) -> None:
    fresh = tmp_path / "fresh"
    house.say("init", str(fresh))
    assert {"config.yaml", "rules", "templates", "leads.csv", "reps.csv"} <= {path.name for path in fresh.iterdir()}
    assert house.say("check", "-c", str(fresh / "config.yaml")) == house.all_good
    assert house.rows("db", "status", "-c", str(fresh / "config.yaml")) == [
        {"engine": "sqlite", "schema": "ok", "rehearsal": False}
    ]


def test_the_samples_of_a_new_folder_can_be_imported(house: Any, tmp_path: Path) -> None:
    fresh = tmp_path / "fresh"
    house.say("init", str(fresh))
    config = str(fresh / "config.yaml")
    for what, count in (("reps", 4), ("leads", 30)):
        said = house.say("import", what, str(fresh / f"{what}.csv"), "-c", config)
        assert said == f"{count} {what}: {count} added, 0 changed, 0 unchanged\n"
    for what in ("records", "interactions"):
        said = house.say("import", what, str(fresh / f"{what}.csv"), "--history", "-c", config)
        assert said.endswith(" added, 0 changed, 0 unchanged\n")
    told = house.say("event", "ingest", str(fresh / "samples" / "flood.cap"), "--dry-run", "-c", config)
    assert re.fullmatch(r"warnings@example.com,sample-flood-1 .alert.: flood-\w+ begins: applies to \d+ leads?\n", told)


def test_a_folder_in_use_is_refused(house: Any) -> None:
    result = house.call("init", str(house.folder))
    assert result.exit_code == 2
    assert result.stderr == f'the folder "{house.folder}" is not empty; name a new one\n'


def test_upgrade_makes_a_database_where_there_is_none(house: Any) -> None:
    for old in house.folder.glob("followup.sqlite*"):
        old.unlink()
    assert house.call("db", "status").stderr == (
        'there is no database "followup.sqlite" yet; make it with: followup db upgrade\n'
    )
    assert house.say("db", "upgrade") == "the database is up to date\n"
    assert house.rows("db", "status")[0]["schema"] == "ok"


def test_importing_again_changes_nothing(house: Any) -> None:
    said = house.then("import", "leads", str(house.folder / "leads.csv"))
    assert said == "4 leads: 0 added, 0 changed, 4 unchanged\n"


def test_bad_rows_wait_in_quarantine_and_good_ones_land(house: Any) -> None:
    path = house.write("more.csv", GOOD.replace("Customer 3", ""))
    said = house.then("import", "leads", str(path))
    assert said.startswith("4 leads: 4 added, 0 changed, 0 unchanged; 1 in quarantine: ")
    quarantine = Path(said.strip().rpartition(": ")[2])
    assert "name: is missing" in quarantine.read_text(encoding="utf-8-sig")


def test_a_dry_run_counts_and_changes_nothing(house: Any) -> None:
    said = house.then("import", "leads", str(house.write("more.csv", GOOD)), "--dry-run")
    assert said == "dry run, nothing changed. 5 leads: 5 added, 0 changed, 0 unchanged\n"
    assert house.say("lead", "find", "new-", code=0) == ""


def test_a_file_of_which_nothing_lands_is_a_failure(house: Any) -> None:
    assert "2 in quarantine" in house.then("import", "leads", str(house.write("bad.csv", BAD)), code=1)


def test_owners_who_are_no_reps_are_told_of(house: Any) -> None:
    path = house.write("more.csv", "id,name,owner\nnew,New,nobody\n")
    result = house.call("import", "leads", str(path), "--now", "2026-02-14")
    assert result.stderr == "1 owners are no reps yet; import them too: followup import reps FILE\n"


@pytest.mark.parametrize("what", ["leads", "reps", "records"])
def test_a_missing_file_is_a_wrong_call(house: Any, what: str) -> None:
    result = house.call("import", what, "nowhere.csv")
    assert (result.exit_code, result.stderr) == (2, 'there is no file "nowhere.csv"\n')
