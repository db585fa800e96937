"""How full portraits are is kept beside the facts, whoever writes them, and counted anew when they are asked for
otherwise."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from engine.settings.load import read_settings
from engine.settings.model import Settings
from engine.stages import acts
from engine.stages.gates.objections import Gates
from engine.stages.imports import run_import
from engine.stages.plan.portraits import keep_all_portraits
from engine.store.database import Database
from engine.store.tables import dirty_lead, lead, transition

NOW = 1_772_000_000
CONFIG = """\
attributes: {role: {type: list, words: [decides, uses]}}
portrait:
  contact: {facts: [[phone, wecom], date.birthday], closeness: doctor}
  depth: {facts: [quality.standing, attrs.role], closeness: friend}
"""
FILE = "id,name,account,phone,date.birthday,quality.standing,attrs.role\n" + (
    "wang,Wang,acme,13800000000,,,uses\nli,Li,acme,,--05-12,sound,\n"
)


def settings(text: str = CONFIG) -> Settings:
    found, problems = read_settings(text, "config.yaml")
    assert found is not None, problems
    return found


def portraits(db: Database) -> dict[str, tuple[Any, ...]]:
    with db.reading() as connection:
        rows = connection.execute(select(lead)).mappings()
        return {r["id"]: (r["portrait_completeness"], r["portrait_missing"], r["portrait_allows"]) for r in rows}


def test_every_way_of_writing_a_fact_counts_and_another_portrait_is_counted_for_all(
    database: Database, tmp_path: Any
) -> None:
    (tmp_path / "leads.csv").write_text(FILE, encoding="utf-8")
    run_import(database, settings(), "leads", tmp_path / "leads.csv", NOW)
    assert portraits(database) == {"wang": (None, None, None), "li": (None, None, None)}  # nothing is planned yet
    keep_all_portraits(database, settings(), NOW)
    before = {"wang": (50, ["contact", "depth"], None), "li": (50, ["contact", "depth"], None)}
    assert portraits(database) == before

    acts.set_lead(database, settings(), Gates(), "wang", {"date.birthday": "--03-01"}, "rep:su", NOW)
    acts.set_lead(database, settings(), Gates(), "li", {"attrs.role": "decides"}, "rep:su", NOW)
    assert portraits(database) == {"wang": (75, ["depth"], "doctor"), "li": (75, ["contact"], None)}
    acts.set_lead(database, settings(), Gates(), "wang", {"date.birthday": ""}, "rep:su", NOW)
    assert portraits(database)["wang"] == (50, ["contact", "depth"], None)

    smaller = settings("portrait: {contact: {facts: [phone], closeness: doctor}}")
    with database.writing() as connection:
        connection.execute(dirty_lead.delete())
    keep_all_portraits(database, smaller, NOW)
    keep_all_portraits(database, smaller, NOW)
    assert portraits(database) == {"wang": (100, [], "doctor"), "li": (0, ["contact"], None)}
    with database.reading() as connection:
        assert sorted(connection.execute(select(dirty_lead.c.lead)).scalars()) == ["li", "wang"]


def test_answers_are_kept_with_who_gave_them_and_when(database: Database, tmp_path: Any) -> None:
    (tmp_path / "leads.csv").write_text(FILE, encoding="utf-8")
    run_import(database, settings(), "leads", tmp_path / "leads.csv", NOW)
    asked = {"quality.standing": "weak", "willingness.used_similar": "yes"}
    acts.set_lead(database, settings(), Gates(), "li", asked, "su", NOW + 60)
    acts.set_lead(database, settings(), Gates(), "li", {"quality.standing": ""}, "han", NOW + 90)
    rows = select(*(transition.c[name] for name in ("field", "previous", "value", "actor", "at")))
    with database.reading() as connection:
        assert connection.execute(rows.order_by(transition.c.id)).all() == [
            ("quality.standing", "sound", "weak", "su", NOW + 60),
            ("willingness.used_similar", None, "true", "su", NOW + 60),
            ("quality.standing", "weak", None, "han", NOW + 90),
        ]


def test_what_is_said_of_somebody_at_work_is_judged_anew_for_his_colleagues(database: Database, tmp_path: Any) -> None:
    (tmp_path / "leads.csv").write_text(FILE, encoding="utf-8")
    run_import(database, settings(), "leads", tmp_path / "leads.csv", NOW)
    with database.writing() as connection:
        connection.execute(dirty_lead.delete())
    acts.set_lead(database, settings(), Gates(), "li", {"attrs.role": "decides"}, "su", NOW)
    with database.reading() as connection:
        reasons = {row.lead: row.reason for row in connection.execute(select(dirty_lead))}
    assert reasons == {"li": "changed", "wang": "around"}
