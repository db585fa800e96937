"""`on_invalid: quarantine`: a rule with a mistake is left out, what is under way of it waits, and the rest works."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.acceptance.house import House

GREET = "greet: lead, template: greeting/thanks"
NOTE = "remind: owner, template: reminder/first_contact"
RULES = f"""\
rules:
  - id: welcome
    category: service
    on: {{since: registered, after: 1h}}
    steps:
      - {{id: wish, at: +0h, {GREET}}}
  - id: introduction
    category: care
    on: {{since: registered, after: 1h}}
    steps:
      - {{id: note, at: +0h, {NOTE}}}
"""
BROKEN = RULES.replace("greeting/thanks", "greeting/thnaks")
PROBLEM = 'rules/rules.yaml:6:52: error R203: unknown template "greeting/thnaks"; did you mean "greeting/thanks"?'
PEOPLE = 5


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House.lay_out(tmp_path / "house", 1, leads=PEOPLE, rules=BROKEN, more="on_invalid: quarantine\n")


def planned(house: House, rule: str) -> int:
    return house.count("SELECT count(*) FROM touch WHERE rule = ?", rule)


def test_a_daemon_starts_without_the_bad_rule_and_takes_it_up_on_sighup_when_it_is_mended(house: House) -> None:
    with house.daemon() as daemon:
        daemon.wait_until(lambda: planned(house, "introduction") == PEOPLE)
        assert '"event": "rule_quarantined"' in daemon.said()
        assert "rules/rules.yaml:6:52: error R203" in daemon.said()
        assert planned(house, "welcome") == 0
        house.write("rules/rules.yaml", RULES)
        daemon.process.send_signal(signal.SIGHUP)
        daemon.wait_until(lambda: planned(house, "welcome") == PEOPLE)
        house.write("rules/rules.yaml", BROKEN)
        daemon.process.send_signal(signal.SIGHUP)
        daemon.wait_until(lambda: house.rows("status")[0]["quarantined"])
        assert daemon.end() == 0


def test_reload_says_what_it_left_out_and_status_keeps_saying_it(house: House) -> None:
    said = house.followup("reload", code=1)
    assert said == f'rule "welcome" is in quarantine, the other rules are in force:\n  {PROBLEM}\n'
    status = house.rows("status")[0]
    assert [(one["rule"], one["place"], one["problems"]) for one in status["quarantined"]] == [
        ("welcome", "rules/rules.yaml:2", [PROBLEM])
    ]
    assert status["rejected_reload"] is None
    house.write("rules/rules.yaml", RULES)
    house.followup("reload")
    assert house.rows("status")[0]["quarantined"] == []


def test_a_tick_works_with_the_rest(house: House) -> None:
    house.followup("tick")
    assert (planned(house, "introduction"), planned(house, "welcome")) == (PEOPLE, 0)


def test_check_finds_the_mistake_and_says_what_a_start_would_do(house: House) -> None:
    assert house.followup("check", code=1).splitlines() == [
        PROBLEM,
        'on_invalid: quarantine would leave out "welcome" (rules/rules.yaml:2) and put the rest in force',
    ]


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("rules/policies.yaml", "policies:\n  - {id: mourning, when: {tuoch: {}}, then: {suppress: touch}}"),
        ("rules/gates.yaml", "gates:\n  - {id: twelve, on: {set: {status: gone}}, require: {contatcs: 12}}"),
        ("rules/_defaults.yaml", "enabled: perhaps\n"),
        ("rules/more.yaml", "rules:\n  - {id: more\n"),
        ("rules/more.yaml", "ruels: []\n"),
        ("rules/more.yaml", "rules:\n  - {category: care, steps: []}\n"),
    ],
    ids=["policy", "gate", "defaults", "no YAML", "unknown section", "a rule without id"],
)  # fmt: skip
def test_a_mistake_that_may_hide_what_is_forbidden_stops_everything(house: House, file: str, text: str) -> None:
    house.write(file, text)
    assert "all would stay as it is" in house.followup("check", code=1)
    house.followup("reload", code=1)
    assert house.rows("status")[0]["generation"] is None
    house.followup("tick", code=1)


def test_a_daemon_does_not_start_with_a_mistake_that_may_hide_what_is_forbidden(house: House) -> None:
    house.write("rules/more.yaml", "ruels: []\n")
    assert "ruels" in house.refuse_to_run(78)


def test_without_the_word_in_config_one_mistake_stops_all(house: House) -> None:
    text = house.config.read_text("utf-8").replace("on_invalid: quarantine\n", "")
    house.write("config.yaml", text)
    assert house.followup("reload", code=1) == PROBLEM + "\n"
    house.refuse_to_run(78)
