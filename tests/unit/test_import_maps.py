"""Foreign tables through a map of columns, and what is said of a map that does not fit."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from engine.ground.errors import UsageError
from engine.settings.model import Attribute, Settings
from engine.stages.imports import How, ImportReport, run_import
from engine.store.database import Database
from engine.store.tables import lead
from engine.store.upgrade import create_all

NOW = 1_771_000_000
SETTINGS = Settings(attributes={"role": Attribute(type="list", words=("decides", "influences", "uses", "pays"))})
TABLE = "客户编号,姓名,公司,阶段,角色,Remarks\n7,王伟,Acme,成交,拍板; uses,x\n8,李娜,Acme,new,付款,\n"
MAP = """\
columns: {客户编号: id, 姓名: name, 公司: company, 阶段: stage, 角色: attrs.role, Remarks: null}
constants: {country: SG, key: true}
values:
  stage: {成交: won}
  attrs.role: {拍板; uses: decides; uses, 付款: pays}
"""


@pytest.fixture
def db() -> Iterator[Database]:
    database = Database("sqlite://")
    create_all(database)
    yield database
    database.close()


def take(db: Database, folder: Path, mapping: str, table: str = TABLE, name: str = "crm.csv") -> ImportReport:
    (folder / name).write_text(table, encoding="utf-8")
    (folder / "map.yaml").write_text(mapping, encoding="utf-8")
    return run_import(db, SETTINGS, "leads", folder / name, NOW, how=How(mapping=folder / "map.yaml"))


def leads(db: Database) -> list[dict[str, Any]]:
    with db.reading() as connection:
        return [dict(row) for row in connection.execute(select(lead).order_by(lead.c.id)).mappings()]


def test_columns_words_and_constants_become_ours(db: Database, tmp_path: Path) -> None:
    assert take(db, tmp_path, MAP).added == 2
    wang, li = leads(db)
    assert (wang["id"], wang["name"], wang["account"], wang["stage"]) == ("7", "王伟", "Acme", "won")
    assert (wang["country"], wang["key"], wang["attrs"]["role"]) == ("SG", True, ["decides", "uses"])
    assert (li["stage"], li["attrs"]["role"]) == ("new", ["pays"])


def test_one_column_may_fill_several(db: Database, tmp_path: Path) -> None:
    mapping = '{"columns": {"Mail": ["id", "email"], "Who": "name"}}'
    assert take(db, tmp_path, mapping, "Mail,Who\nw@example.com,Wang\n").added == 1
    assert (leads(db)[0]["id"], leads(db)[0]["email"]) == ("w@example.com", "w@example.com")


def test_a_card_without_uid_may_take_another_id(db: Database, tmp_path: Path) -> None:
    cards = "BEGIN:VCARD\nFN:王伟\nTEL:13800000000\nNOTE:好\nEND:VCARD\n"
    assert take(db, tmp_path, "{}", cards, "a.vcf").quarantined == 1
    assert take(db, tmp_path, "columns: {TEL: [id, phone], NOTE: hope}", cards, "a.vcf").added == 1
    assert (leads(db)[0]["id"], leads(db)[0]["phone"], leads(db)[0]["hope"]) == ("13800000000", "+8613800000000", "好")


def test_a_mended_quarantine_file_is_read_with_the_same_map(db: Database, tmp_path: Path) -> None:
    report = take(db, tmp_path, MAP, TABLE.replace("成交", "未知"))
    assert report.quarantine_file is not None
    with report.quarantine_file.open(encoding="utf-8-sig", newline="") as file:
        kept = list(csv.reader(file))
    assert kept[0] == ["row", "reason", "客户编号", "姓名", "公司", "阶段", "角色", "Remarks"]
    assert kept[1][:2] == ["2", 'stage: "未知" is not one of new, contacted, need, design, quote, won, lost']
    mended = "\n".join(",".join(row) for row in kept).replace('"', "").replace("new, contacted, need", "")
    mended = mended.replace("未知", "成交").replace(", design, quote, won, lost", "")
    assert take(db, tmp_path, MAP, mended, "mended.csv").added == 1


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        ("colums: {}", 'map.yaml:1:1: error M101: unknown key "colums"; did you mean "columns"?'),
        ("columns: {姓: name}", 'map.yaml:1:11: error M101: unknown column of the file "姓"; did you mean "姓名"?'),
        ("columns: {姓名: nmae}", 'map.yaml:1:15: error M101: unknown column "nmae"; did you mean "name"?'),
        ("columns: {姓名: name, 公司: name}", '1:25: error M101: column "name" is filled twice; leave one out'),
        ("columns: [a]", "map.yaml:1:10: error M101: columns says which column of theirs is which of ours"),
        ("columns: {姓名: name}\nconstants: {name: x}", 'column "name" is filled from the file too; leave one out'),
        ("values: {stage: won}", "map.yaml:1:17: error M101: stage says what their words mean"),
        ("constants: {country: [CN]}", "map.yaml:1:22: error M101: one word is wanted here"),
        ("columns: {姓名: name", "map.yaml:2:1: error Y100: this is not YAML"),
    ],
)
def test_a_map_that_does_not_fit_is_told_where(db: Database, tmp_path: Path, mapping: str, said: str) -> None:
    with pytest.raises(UsageError) as raised:
        take(db, tmp_path, mapping)
    assert said in str(raised.value)


def test_a_column_that_nobody_mapped_is_told(db: Database, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match='unknown column "Remarks"'):
        take(db, tmp_path, MAP.replace(", Remarks: null", ""))
