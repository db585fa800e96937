"""Files as people really save them, and what an import says of those it cannot read."""

from __future__ import annotations

import csv
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from engine.ground.errors import UsageError
from engine.settings.model import Settings
from engine.stages.imports import ImportReport, What, run_import
from engine.store.database import Database
from engine.store.tables import lead
from engine.store.upgrade import create_all

NOW = 1_771_000_000


@pytest.fixture
def db() -> Iterator[Database]:
    database = Database("sqlite://")
    create_all(database)
    yield database
    database.close()


def take(db: Database, path: Path, content: bytes | str, what: What = "leads") -> ImportReport:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return run_import(db, Settings(), what, path, NOW)


def names(db: Database) -> list[str]:
    with db.reading() as connection:
        return list(connection.execute(select(lead.c.name).order_by(lead.c.id)).scalars())


@pytest.mark.parametrize(
    "content",
    [
        "\ufeffid,name\n1,王伟\n",
        "id;name\r\n1;王伟\r\n",
        "id\tname\n\n1\t王伟\n\t\n",
        '"name","id"\n"王伟","1"',
    ],
)
def test_files_of_every_office_program_are_read(db: Database, tmp_path: Path, content: str) -> None:
    assert take(db, tmp_path / "leads.csv", content).added == 1
    assert names(db) == ["王伟"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", r'"leads\.csv" has no header; its first row must name the columns'),
        ("id,name\n1,王伟王伟\n".encode("gb18030"), r"not UTF-8 \(it looks like GB18030\); save it as \"CSV UTF-8\""),
        ("id,name\n1,王伟\n".encode("utf-16"), r"not UTF-8 \(it is UTF-16\); save it as"),
        (b'id,name\n1,"open\n', "not a sound CSV file: unexpected end of data"),
        (b"id,name,id\n", 'has the column "id" twice'),
        (b"id,nmae\n", 'unknown column "nmae", did you mean "name"\\?; column "name" is missing'),
        (b"id,name,attrs.golf\n", r'unknown column "attrs\.golf" \(declare it in config\.yaml\)'),
        (b"id,name,date.birthda\n", r'unknown column "date\.birthda", did you mean "date\.birthday"'),
        (b"name\nWang\n", 'column "id" is missing'),
    ],
)
def test_a_file_that_cannot_be_read_gives_one_line(
    db: Database, tmp_path: Path, content: bytes, said: str
) -> None:
    with pytest.raises(UsageError, match=said) as raised:
        take(db, tmp_path / "leads.csv", content)
    assert "\n" not in str(raised.value)
    assert not (tmp_path / "leads.quarantine.csv").exists()


def test_a_file_that_is_not_there_is_named(db: Database, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match='there is no file "none.csv"'):
        run_import(db, Settings(), "leads", tmp_path / "none.csv", NOW)


BROKEN = "id,name,tier\n1,Wang,gold\n1,Wang again,gold\n2,Zhao\n3,Sun,gold,extra\n4,Qian,diamond\n"


def test_bad_rows_go_to_quarantine_with_number_and_reason_and_good_ones_land(db: Database, tmp_path: Path) -> None:
    report = take(db, tmp_path / "leads.csv", BROKEN)
    assert (report.added, report.quarantined) == (1, 4)
    assert report.quarantine_file == tmp_path / "leads.quarantine.csv"
    with report.quarantine_file.open(encoding="utf-8-sig", newline="") as file:
        kept = list(csv.reader(file))
    assert kept == [
        ["row", "reason", "id", "name", "tier"],
        ["3", 'id: "1" is there already, in a row above', "1", "Wang again", "gold"],
        ["4", "the row has 2 cells, the header has 3", "2", "Zhao"],
        ["5", "the row has 4 cells, the header has 3", "3", "Sun", "gold", "extra"],
        ["6", 'tier: "diamond" is not one of platinum, gold, iron, lead', "4", "Qian", "diamond"],
    ]
    assert stat.S_IMODE(report.quarantine_file.stat().st_mode) == 0o600


def test_a_mended_quarantine_file_can_be_imported_as_it_is(db: Database, tmp_path: Path) -> None:
    mended = "row,reason,id,name,tier\n6,was bad,4,Qian,gold\n"
    assert take(db, tmp_path / "leads.quarantine.csv", mended).added == 1


def test_a_record_for_nobody_is_quarantined(db: Database, tmp_path: Path) -> None:
    take(db, tmp_path / "leads.csv", "id,name\n1,Wang\n")
    records = "lead,kind,id,at\n1,purchase,p1,2026-01-01\n2,purchase,p2,2026-01-01\n"
    report = take(db, tmp_path / "r.csv", records, "records")
    assert (report.added, report.quarantined) == (1, 1)
    assert report.quarantine_file is not None
    assert 'lead: there is no lead ""2""' in report.quarantine_file.read_text(encoding="utf-8")


def test_progress_is_told_after_every_batch(db: Database, tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    path.write_text("id,name\n" + "".join(f"{n},x\n" for n in range(2500)))
    told: list[tuple[int, int]] = []
    run_import(db, Settings(), "leads", path, NOW, progress=lambda done, total: told.append((done, total)))
    assert told == [(1000, 2500), (2000, 2500), (2500, 2500)]
