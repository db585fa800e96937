"""A rule file with five mistakes: told by place, refused at the start, harmless to a daemon at work."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.acceptance.house import RULES, Daemon, House
from tests.faults.smtp_faults import FaultySmtp

FIVE_MISTAKES = """\
rules:
  - id: welcome
    categroy: festive
    category: festiv
    on: {since: registred, after: 1h}
    steps:
      - {id: wish, at: +0q, greet: lead, template: greeting/thansk}
"""
FIVE_LINES = """\
rules/rules.yaml:3:5: error R104: unknown key "categroy" in rule "welcome"; did you mean "category"?
rules/rules.yaml:4:15: error R206: unknown category "festiv"; did you mean "festive"?
rules/rules.yaml:5:17: error R210: unknown timestamp "registred"; did you mean "registered"?
rules/rules.yaml:7:24: error R107: "+0q" is not a time for a step; write an offset and a time of day, \
e.g. -3d 09:00, 0d 09:00, +0h or -2h
rules/rules.yaml:7:52: error R203: unknown template "greeting/thansk"; did you mean "greeting/thanks"?
"""
BETTER = RULES.replace("greeting/thanks", "greeting/birthday")


@pytest.fixture
def house(tmp_path: Path) -> House:
    """One that nobody takes mail from."""
    return House.lay_out(tmp_path, port=9, leads=2)


@pytest.mark.slow
def test_check_tells_five_mistakes_in_five_lines(house: House) -> None:
    house.write("rules/rules.yaml", FIVE_MISTAKES)
    assert house.followup("check", code=1) == FIVE_LINES


@pytest.mark.slow
def test_a_text_that_nobody_can_be_written_is_a_mistake_to_check_to_a_start_and_to_a_reload(house: House) -> None:
    told = (
        'templates/greeting/thanks/mail.en.txt.j2:1:1: error T105: this can be written for nobody: '
        'there is no "nmae" here; did you mean "name"?\n'
    )
    house.followup("reload")
    text = "templates/greeting/thanks/mail.en.txt.j2"
    good = (house.home / text).read_text(encoding="utf-8")
    house.write(text, good.replace("block subject %}", "block subject %}{{ lead.nmae }}", 1))
    assert house.followup("check", code=1) == told
    assert house.followup("reload", code=1).endswith(told)
    assert house.refuse_to_run(78) == told
    assert standing(house) == (1, told)


@pytest.mark.slow
def test_a_daemon_does_not_start_on_them_until_they_are_mended(house: House) -> None:
    house.write("rules/rules.yaml", FIVE_MISTAKES)
    assert house.refuse_to_run(78) == FIVE_LINES
    assert standing(house) == (None, FIVE_LINES)
    house.write("rules/rules.yaml", RULES)
    with house.daemon() as daemon:
        assert standing(house) == (1, "")
        assert daemon.end() == 0


@pytest.mark.slow
def test_a_second_daemon_on_the_same_file_is_turned_away_in_one_line(house: House) -> None:
    with house.daemon() as daemon:
        turned_away = house.refuse_to_run(1)
        assert turned_away == "another followup daemon is running on followup.sqlite; stop it first\n"
        assert daemon.end() == 0


@pytest.mark.slow
@pytest.mark.parametrize("how", ["reload --wait", "SIGHUP"])
def test_a_daemon_at_work_keeps_its_old_rules_says_so_and_goes_on(tmp_path: Path, how: str) -> None:
    with FaultySmtp() as relay:
        house = House.lay_out(tmp_path, relay.port, leads=2)
        with house.daemon() as daemon:
            daemon.wait_until(lambda: len(relay.accepted) == 4)
            house.write("rules/rules.yaml", FIVE_MISTAKES)
            ask_to_reload(house, daemon, how, fails=True)
            assert standing(house) == (1, FIVE_LINES)
            shown = house.followup("status")
            assert [line for line in FIVE_LINES.splitlines() if line not in shown] == []
            house.settle(["newcomer"], ["rep-0"])
            daemon.wait_until(lambda: len(relay.accepted) == 6)
            house.write("rules/rules.yaml", BETTER)
            ask_to_reload(house, daemon, how, fails=False)
            assert standing(house) == (2, "")
            assert daemon.end() == 0


def ask_to_reload(house: House, daemon: Daemon, how: str, *, fails: bool) -> None:
    """And see that it was done. A signal has no answer: what changes is the word in the database."""
    if how == "SIGHUP":
        remembered = "SELECT count(*) FROM service_state WHERE name = 'rejected_reload'"
        daemon.process.send_signal(signal.SIGHUP)
        daemon.wait_until(lambda: house.count(remembered) == fails)
    elif fails:
        assert house.followup("reload", "--wait", code=1) == FIVE_LINES
    else:
        assert house.followup("reload", "--wait").endswith("is in force\n")


def standing(house: House) -> tuple[int | None, str]:
    """The generation in force and the lines of the last rejected reload, as `status` tells them."""
    [found] = house.rows("status")
    generation, rejected = found["generation"], found["rejected_reload"]
    lines = rejected["problems"] if rejected else []
    return generation and generation["id"], "".join(f"{line}\n" for line in lines)
