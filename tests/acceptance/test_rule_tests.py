"""Rule tests: those of the starter rules, what is told of one that fails, and every mistake in a test file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from engine.desk.ruletests.actions import ACTIONS
from engine.desk.ruletests.codes import CODES
from engine.desk.ruletests.reading import TEST_KEYS, read_test
from engine.desk.ruletests.rulesets import RuleSets
from engine.desk.ruletests.run import run_tests
from engine.desk.ruletests.steps import EXPECT_KEYS, REASONS, STEP_KEYS
from engine.settings.load import load_settings
from engine.settings.model import Settings

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "rule-tests.md").read_text(encoding="utf-8")
EXAMPLE, GATED = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.M | re.S)
[FAILING] = re.findall(r"^```text\n(.*?)^```", PAGE, re.M | re.S)
MISTAKES = sorted((Path(__file__).parent / "rule_tests").glob("*.test.yaml"))

WORLD = """\
rules: [../birthday.yaml, ../festivals.yaml, ../policies.yaml]
start: 2026-02-14
reps: [{id: li}]
leads: [{id: wang, tier: gold, owner: li, dates: [{kind: birthday, month: 2, day: 17}]}]
"""


def settings() -> Settings:
    return load_settings(ROOT / "config.yaml")


@pytest.fixture(scope="session")
def rulesets() -> Iterator[RuleSets]:
    found = RuleSets.of(settings(), ROOT)
    found.home = MISTAKES[0].parent
    yield found
    found.close()


def told(house: Any, text: str, *options: str, code: int = 1) -> list[str]:
    """What `followup test` says of that one test in a house."""
    house.write("rules/tests/mine.test.yaml", text)
    mine = str(house.folder / "rules/tests/mine.test.yaml")
    return str(house.say("test", mine, *options, code=code)).splitlines()


def test_the_starter_rules_are_tested_in_every_rule_step_and_policy() -> None:
    report = run_tests(settings(), ROOT, ())
    assert [outcome for outcome in report.outcomes if not outcome.ok] == []
    assert report.coverage.missing() == []
    assert all(of > 0 for _, of in report.coverage.counts().values())
    assert all(outcome.summary for outcome in report.outcomes)


def test_the_example_of_the_page_holds_and_fails_as_the_page_shows(house: Any) -> None:
    example = "rules/tests/example.test.yaml"
    house.write(example, EXAMPLE)
    assert house.say("test", "--run", "example").startswith(f"ok    {example}  A birthday is prepared")
    house.write(example, re.sub(r"  - at: \+2d 10:00.*\n    do: .*\n", "", EXAMPLE))
    said = house.say("test", "--run", "example", code=1)
    assert said[: len(FAILING)] == FAILING


def test_a_failing_test_tells_what_was_expected_and_what_happened(house: Any) -> None:
    steps = """\
steps:
  - at: +3d
    expect: [{rule: birthday-signed, step: wish, at: "10:00"}, {rule: spring-festival, step: wish}]
    because: {birthday: mourning, birthday-signed: unsigned, spring-festival: mourning}
  - at: +5d
    expect: []
    because: {spring-festival: one-wish-a-day}
"""
    mine = "rules/tests/mine.test.yaml"
    assert told(house, WORLD + steps)[:13] == [
        f"FAIL  {mine}",
        f"{mine}:7:14: +3d 2026-02-17: 2 missing and 1 not expected",
        "    -  birthday-signed  wish  anybody  sent    10:00  line 7",
        "    -  spring-festival  wish  anybody  sent           line 7",
        "       spring-festival  wish  wang     merged  09:00  one-wish-a-day",
        "    +  birthday-signed  wish  wang     sent    09:00",
        f"{mine}:8:15: +3d 2026-02-17: birthday was not stopped by mourning",
        "    its for asks tier: not_in [platinum, gold], found gold",
        f"{mine}:8:35: +3d 2026-02-17: birthday-signed was not stopped by unsigned",
        "       birthday-signed  wish  wang  sent  09:00",
        f"{mine}:8:62: +3d 2026-02-17: spring-festival was not stopped by mourning",
        "       spring-festival  wish  wang  merged  09:00  one-wish-a-day",
        f"{mine}:11:15: +5d 2026-02-19: spring-festival was not stopped by one-wish-a-day",
    ]


def test_what_cannot_be_done_fails_where_it_stands(house: Any) -> None:
    steps = "steps:\n  - do: {approve: {rule: birthday-signed}}\n"
    assert told(house, WORLD + steps)[1] == (
        "rules/tests/mine.test.yaml:6:10: approve: cannot be done: there is no draft of birthday-signed"
    )


@pytest.mark.parametrize(
    ("act", "outcome"),
    [
        ("reject: {rule: birthday-signed}", "rejected"),
        ("unsubscribe: {lead: wang}", "unsubscribed"),
        ("unsubscribe: {lead: wang, category: festive}", "suppression_list"),
        ("set: {lead: wang, status: suspended}", "suspended"),
        ("circumstance: {kind: bereavement, lead: wang}", "mourning"),
    ],
)
def test_what_people_do_changes_what_happens(house: Any, act: str, outcome: str) -> None:
    steps = f"""\
steps:
  - at: +1d 10:00
    do: {{{act}}}
  - at: +3d
    because: {{birthday-signed: {outcome}}}
"""
    rejected = outcome == "rejected"
    day = steps.replace("+3d", "+1d") if rejected else steps
    assert told(house, WORLD + day, code=0)[0] == "ok    rules/tests/mine.test.yaml"


def test_a_test_may_have_its_own_config_and_its_own_rules(house: Any) -> None:
    text = """\
summary: Somebody born on 29 February
inline:
  rules:
    - id: leap
      category: festive
      on: {date: birthday}
      steps: [{id: wish, at: 0d 09:00, greet: lead, template: greeting/birthday}]
config: {feb_29: mar1}
start: 2026-02-28
leads: [{id: sato, timezone: Asia/Tokyo, dates: [{kind: birthday, month: 2, day: 29}]}]
steps:
  - {at: +0d, expect: []}
  - {at: +1d, expect: [{rule: leap, to: sato, at: "09:00"}]}
"""
    assert told(house, text, code=0) == [
        "ok    rules/tests/mine.test.yaml  Somebody born on 29 February", "1 test, 0 failed",
        "covered: 100 % (rules 0 of 0, steps 0 of 0, policies 0 of 0, gates 0 of 0)",
    ]  # fmt: skip


def test_what_no_test_exercises_is_listed_and_may_be_an_error(house: Any) -> None:
    mine = WORLD.replace("../festivals.yaml, ../policies.yaml", "../anniversaries.yaml")
    steps = "steps:\n  - {at: +3d, expect: [{rule: birthday-signed, step: wish}]}\n"
    assert told(house, mine + steps, "--coverage", "25")[2:] == [
        "covered: 16.6 % (rules 1 of 4, steps 1 of 8, policies 0 of 0, gates 0 of 0)",
        "    never exercised: rule founding-jubilee (rules/anniversaries.yaml)",
        "    never exercised: rule signing-anniversary (rules/anniversaries.yaml)",
        "    never exercised: step founding-jubilee/prepare (rules/anniversaries.yaml)",
        "    never exercised: step founding-jubilee/wish (rules/anniversaries.yaml)",
        "    never exercised: step signing-anniversary/prepare (rules/anniversaries.yaml)",
        "    never exercised: step signing-anniversary/thank (rules/anniversaries.yaml)",
        "    never exercised: rule birthday (rules/birthday.yaml)",
        "    never exercised: step birthday-signed/prepare (rules/birthday.yaml)",
        "    never exercised: step birthday/prepare (rules/birthday.yaml)",
        "    never exercised: step birthday/wish (rules/birthday.yaml)",
    ]
    mine = str(house.folder / "rules/tests/mine.test.yaml")
    assert house.call("test", mine, "--coverage", "25").stderr == "coverage 16.6 % is below 25 %\n"
    assert house.call("test", mine, "--coverage", "16").exit_code == 0


def test_scripts_get_a_line_a_test_and_one_of_the_whole(house: Any) -> None:
    lines = [json.loads(line) for line in house.say("test", "--run", "won|dormant", "--json").splitlines()]
    assert [line.get("file") for line in lines] == [
        "rules/tests/dormant.test.yaml", "rules/tests/won.test.yaml", None,
    ]  # fmt: skip
    assert (lines[0]["ok"], lines[0]["failures"]) == (True, [])
    assert lines[2]["steps"][0] == 3


def test_a_ci_server_gets_junit(house: Any) -> None:
    told(house, WORLD + "steps:\n  - {at: +3d, expect: []}\n", "--junit", str(house.folder / "junit.xml"))
    suite = ElementTree.parse(house.folder / "junit.xml").getroot()[0]
    assert (suite.get("name"), suite.get("tests"), suite.get("failures")) == ("rules/tests/mine.test.yaml", "1", "1")
    assert suite[0].get("name") == "+3d 2026-02-17"
    failure = suite[0][0]
    assert failure.get("message") == "1 not expected"
    assert "+  birthday-signed  wish  wang  sent" in str(failure.text)


@pytest.mark.parametrize(
    ("call", "line"),
    [
        (("none.test.yaml",), "none.test.yaml cannot be read: No such file or directory"),
        (("--run", "("), '--run "(" is not a regular expression: missing ), unterminated subpattern at position 0'),
        (("--run", "nothing at all"), 'no test fits --run "nothing at all"'),
    ],
)
def test_a_wrong_call_is_told_in_one_line(house: Any, call: tuple[str, ...], line: str) -> None:
    result = house.call("test", *call)
    assert (result.exit_code, result.stderr) == (2, f"{line}\n")


def test_mistakes_in_rule_files_are_told_once_as_check_tells_them(house: Any) -> None:
    house.write("rules/birthday.yaml", "rules:\n  - id: birthday\n    setps: []\n")
    result = house.call("test", "--run", "birthday")
    assert result.exit_code == 1
    line = 'rules/birthday.yaml:3:5: error R104: unknown key "setps" in rule "birthday"; did you mean "steps"?'
    assert result.stderr.splitlines().count(line) == 1
    assert "FAIL  rules/tests/birthday.test.yaml" in result.stdout


@pytest.mark.parametrize("path", MISTAKES, ids=lambda path: path.name.partition(".")[0])
def test_a_mistake_in_a_test_is_told_in_exactly_these_lines(path: Path, rulesets: RuleSets) -> None:
    text = path.read_text(encoding="utf-8")
    rulesets.problems.clear()
    test, problems = read_test(path, rulesets, settings())
    found = [line for problem in sorted({*problems, *rulesets.problems}) for line in str(problem).splitlines()]
    assert found == [line.removeprefix("# expect: ") for line in text.splitlines() if line.startswith("# expect: ")]
    assert test is None


def test_every_code_has_a_mistake_and_a_line_on_the_page() -> None:
    shown = {code for path in MISTAKES for code in re.findall(r"error (T\d+):", path.read_text(encoding="utf-8"))}
    assert shown == set(CODES)
    assert re.findall(r"^\| (T\d{3}) \| (.*) \|$", PAGE, re.M) == list(CODES.items())


def test_every_word_of_a_test_is_on_the_page() -> None:
    words = set(re.findall(r"[\w-]+", PAGE))
    assert {*TEST_KEYS, *STEP_KEYS, *EXPECT_KEYS, *ACTIONS, *REASONS} <= words


def test_the_example_of_gates_passes(house: Any) -> None:
    assert told(house, GATED, code=0)[0].startswith("ok")


SUSPENDED = """
summary: Suspensions
rules: [../gates.yaml]
start: 2026-06-01
leads: [{id: wang, contacts: 20}]
steps: [{at: +0d, do: {set: {lead: wang, status: suspended}, refused_by: twelve-touches}}]
"""


def test_a_gate_that_lets_a_change_pass_is_told_where_it_was_to_refuse(house: Any) -> None:
    assert "rules/tests/mine.test.yaml:6:24: +0d set" in told(house, SUSPENDED)[1]
    assert "it was not refused by twelve-touches" in told(house, SUSPENDED)[1]


def test_a_gate_that_refuses_unforeseen_is_told_with_its_evidence(house: Any) -> None:
    text = SUSPENDED.replace("contacts: 20", "contacts: 2").replace(", refused_by: twelve-touches", "")
    assert "contacts: wanted gte 12, found 2" in told(house, text)[1]


def test_the_wrong_gate_is_not_the_one_that_was_foreseen(house: Any) -> None:
    text = SUSPENDED.replace("contacts: 20", "contacts: 2").replace("by: twelve-touches", "by: seven-before-lost")
    assert "it was not refused by seven-before-lost: refused by gate twelve-touches" in told(house, text)[1]
