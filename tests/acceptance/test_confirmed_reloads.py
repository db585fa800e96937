"""More due at once than the house allows: the old rules stay until somebody says that it is meant."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.acceptance.house import House

RULES = """\
rules:
  - id: welcome
    category: festive
    on: {since: registered, after: 1h}
    steps:
      - {id: wish, at: +0h, greet: lead, template: greeting/thanks}
"""
NEW = RULES + """\
  - id: second
    category: care
    on: {since: registered, after: 1h}%s
    steps:
      - {id: note, at: +0h, remind: owner, template: reminder/first_contact}
"""
PEOPLE = 30
VOLUME = """\
30 touches would be due at once (second 30); write backfill: none or {spread: 14d}
more than caps.backfill: 20, so the rules in force stay; if it is meant: followup reload --confirm
"""


@pytest.fixture
def house(tmp_path: Path) -> House:
    """Thirty leads, all of them welcomed, and a house that wants to be asked from twenty on."""
    found = House.lay_out(tmp_path / "house", 1, leads=PEOPLE, rules=RULES)
    text = found.config.read_text("utf-8").replace("caps: {catch_up: 1000}", "caps: {catch_up: 1000, backfill: 20}")
    found.write("config.yaml", text)
    found.followup("tick")
    return found


def test_a_first_generation_needs_no_yes(house: House) -> None:
    assert house.count("SELECT count(*) FROM touch WHERE rule = 'welcome'") == PEOPLE


def test_a_reload_with_too_much_due_at_once_is_refused_until_it_is_confirmed(house: House) -> None:
    house.write("rules/rules.yaml", NEW % "")
    assert house.followup("reload", code=1) == VOLUME
    assert house.rows("status")[0]["rejected_reload"]["problems"] == VOLUME.splitlines()
    assert house.rows("status")[0]["generation"]["id"] == 1
    house.followup("tick")
    assert house.count("SELECT count(*) FROM touch WHERE rule = 'second'") == 0
    house.followup("reload", "--confirm")
    house.followup("tick")
    assert house.count("SELECT count(*) FROM touch WHERE rule = 'second'") == PEOPLE


@pytest.mark.parametrize("backfill", ["none", "{spread: 30d}"])
def test_a_rule_that_begins_gently_needs_no_yes(house: House, backfill: str) -> None:
    house.write("rules/rules.yaml", NEW % f"\n    backfill: {backfill}")
    house.followup("reload")
    assert house.rows("status")[0]["generation"]["id"] == 2


def test_check_tells_the_volume_beforehand(house: House) -> None:
    house.write("rules/rules.yaml", NEW % "")
    assert house.followup("check") == "2 rules, 5 policies, 0 gates: all good\n"
    assert house.followup("check", "--against", "running", code=1) == VOLUME


def test_a_rule_renamed_without_a_word_would_contact_everybody_again(house: House) -> None:
    house.write("rules/rules.yaml", RULES.replace("welcome", "hail"))
    said = house.followup("reload", code=1)
    assert 'rule "welcome" looks renamed to "hail": 30 people would be contacted again' in said
    house.write("rules/rules.yaml", RULES.replace("id: welcome", "id: hail\n    renamed_from: welcome"))
    house.followup("reload")
    house.followup("tick")
    assert house.count("SELECT count(*) FROM touch") == PEOPLE


def test_a_daemon_keeps_the_rules_it_has_through_starts_and_sighup_until_somebody_confirms(house: House) -> None:
    house.write("rules/rules.yaml", NEW % "")
    with house.daemon() as daemon:
        assert daemon.said().count("reload_not_confirmed") == 1
        daemon.process.send_signal(signal.SIGHUP)
        daemon.wait_until(lambda: daemon.said().count("reload_not_confirmed") == 2)
        standing = house.rows("status")[0]
        assert standing["generation"]["id"] == 1
        assert standing["rejected_reload"]["problems"] == VOLUME.splitlines()
        assert house.count("SELECT count(*) FROM touch WHERE rule = 'second'") == 0
        house.followup("reload", "--confirm", "--wait")
        daemon.wait_until(lambda: house.count("SELECT count(*) FROM touch WHERE rule = 'second'") == PEOPLE)
        assert house.rows("status")[0]["rejected_reload"] is None
        assert daemon.end() == 0
