"""Gifts: nothing above the limit of the year is put down, and reminders offer what fits."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from engine.ground.errors import UsageError
from engine.settings.load import read_settings
from engine.settings.model import Settings
from engine.stages.gifts import Gift, give
from engine.stages.imports import run_import
from engine.store.database import Database
from engine.store.facts.gifts import gifts_of

NOW = 1_790_000_000  # in September 2026
CONFIG = """\
gifts:
  limit: 200
  limits: {gold: 300}
  ideas: {tea: {label: Tea, price: 120, story: from one hill}}
"""


@pytest.fixture
def settings() -> Settings:
    found, problems = read_settings(CONFIG, "config.yaml")
    assert found is not None, problems
    return found


def test_the_limit_holds_for_a_person_and_a_year_by_tier(database: Database, settings: Settings, tmp_path: Any) -> None:
    (tmp_path / "leads.csv").write_text("id,name,tier\nwang,Wang,iron\nli,Li,gold\n", encoding="utf-8")
    run_import(database, settings, "leads", tmp_path / "leads.csv", NOW)
    day = date(2026, 9, 1)
    for who in ("wang", "li"):
        give(database, settings, who, Gift(day, "tea"), "su", NOW)
    with pytest.raises(UsageError, match=r"Lamp \(90\) is above the limit: of CNY 200 a year 80 are left"):
        give(database, settings, "wang", Gift(day, label="Lamp", price="90"), "su", NOW)
    give(database, settings, "li", Gift(day, label="Lamp", price="90"), "su", NOW)
    give(database, settings, "wang", Gift(date(2025, 9, 1), label="Lamp", price="90"), "su", NOW)
    with database.reading() as connection:
        given = gifts_of(connection, ["wang", "li"])
    assert [(one.on.year, one.idea, one.label, one.price) for one in given["wang"]] == [
        (2026, "tea", "Tea", 120), (2025, "", "Lamp", 90),
    ]  # fmt: skip
    assert len(given["li"]) == 2


@pytest.mark.parametrize(("gift", "why"), [
    (Gift(date(2026, 9, 1)), "say what was given"),
    (Gift(date(2026, 9, 1), label="Lamp"), "say what the gift cost"),
    (Gift(date(2026, 9, 1), label="Lamp", price="dear"), "is not a number"),
    (Gift(date(2026, 9, 1), label="Lamp", price="-5"), "say what the gift cost"),
    (Gift(date(2026, 9, 1), "gold_bar"), 'there is no gift "gold_bar"'),
    (Gift(date(2027, 9, 1), "tea"), "is still to come"),
])  # fmt: skip
def test_what_is_unclear_is_not_put_down(
    database: Database, settings: Settings, tmp_path: Any, gift: Gift, why: str
) -> None:
    (tmp_path / "leads.csv").write_text("id,name\nwang,Wang\n", encoding="utf-8")
    run_import(database, settings, "leads", tmp_path / "leads.csv", NOW)
    with pytest.raises(UsageError, match=why):
        give(database, settings, "wang", gift, "su", NOW)
