"""What a daemon does that finds a database of another release, or none."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from engine.service.lock import daemon_lock
from tests.acceptance.house import House


@pytest.mark.slow
def test_an_old_program_does_not_start_on_a_newer_database_and_is_not_started_again(tmp_path: Path) -> None:
    house = House.lay_out(tmp_path, port=9, leads=1)
    with closing(sqlite3.connect(house.database)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'from_the_future'")
        connection.commit()
    before = house.database.read_bytes()
    told = "the database was made by a newer followup; install that release or a later one\n"
    assert house.refuse_to_run(78) == told
    assert house.followup("status", code=1) == told
    assert house.database.read_bytes() == before


@pytest.mark.slow
def test_a_daemon_whose_folder_is_not_mounted_makes_no_new_house(tmp_path: Path) -> None:
    house = House.lay_out(tmp_path, port=9, leads=1)
    for path in house.home.glob("followup.sqlite*"):
        path.unlink()
    told = house.refuse_to_run(2)
    assert told == 'there is no database "followup.sqlite" yet; make it with: followup db upgrade\n'
    assert list(house.home.glob("followup.sqlite*")) == []


def test_no_upgrade_beside_a_daemon(house: Any) -> None:
    with daemon_lock(f"sqlite:///{house.folder / 'followup.sqlite'}"):
        told = house.call("db", "upgrade")
    assert (told.exit_code, told.stderr) == (
        1, "another followup daemon is running on followup.sqlite; stop it first\n"
    )  # fmt: skip
    assert house.rows("db", "status")[0]["schema"] == "ok"
