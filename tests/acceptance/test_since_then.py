"""What a later step and an exit see of what happened since the occasion began, played through the whole engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.played import play

RULE = """
inline:
  rules:
    - id: try-again
      category: care
      on: {since: registered, after: 1d}
      UNTIL
      steps:
        - {id: call, at: 0d 10:00, remind: owner, template: reminder/contact}
        - {id: wechat, at: 1d 10:00, if: {last_outcome: no_answer}, greet: lead, template: greeting/thanks}
        - {id: mail, at: 2d 10:00, if: {last_outcome: no_answer}, greet: lead, template: greeting/thanks}
start: 2026-03-02
reps: [{id: li}]
leads:
  - {id: chen, owner: li, registered_at: "2026-03-02T09:00+08:00"}
"""


def test_no_answer_on_the_phone_is_followed_by_wechat_and_by_mail(tmp_path: Path) -> None:
    world = RULE.replace("UNTIL", "until: replied")
    story = """
interactions: [{lead: chen, outcome: reached, at: -5d}]
steps:
  - {at: +1d, expect: [{step: call, rule: try-again}]}
  - {do: {log: {lead: chen, outcome: no_answer}}}
  - {at: +2d, expect: [{step: wechat, rule: try-again}]}
  - {at: +3d, expect: [{step: mail, rule: try-again}]}
"""
    assert play(tmp_path, world + story) == []


def test_an_outcome_older_than_the_occasion_is_not_seen_by_its_steps(tmp_path: Path) -> None:
    story = """
interactions: [{lead: chen, outcome: no_answer, at: -5d}]
steps:
  - {at: +1d, expect: [{step: call, rule: try-again}]}
  - {at: +2d, expect: [], because: {try-again: if last_outcome}}
"""
    assert play(tmp_path, RULE.replace("UNTIL", "") + story) == []


@pytest.mark.parametrize(
    ("until", "ending", "other"),
    [
        ("replied", "messaged", "no_answer"),
        ("contacted", "reached", "no_answer"),
        ("{outcome: [visited, left_message]}", "left_message", "no_answer"),
        ("{any: [{replied: true}, {stage: won}]}", "replied", "no_answer"),
    ],
)
def test_an_exit_ends_the_occasion_and_another_outcome_does_not(
    tmp_path: Path, until: str, ending: str, other: str
) -> None:
    world = RULE.replace("UNTIL", f"until: {until}").replace("last_outcome: no_answer", "last_outcome: {exists: true}")
    story = f"""
steps:
  - {{at: +1d 11:00, do: {{log: {{lead: chen, outcome: {other}}}}}}}
  - {{at: +2d, expect: [{{step: wechat, rule: try-again}}]}}
  - {{do: {{log: {{lead: chen, outcome: {ending}}}}}}}
  - {{at: +3d, expect: [], because: {{try-again: until}}}}
"""
    assert play(tmp_path, world + story) == []


def test_a_signed_greeting_of_ours_is_not_the_customers_answer(tmp_path: Path) -> None:
    world = """
inline:
  rules:
    - id: wish
      category: care
      on: {date: birthday}
      until: replied
      steps:
        - {id: prepare, at: -1d 09:00, remind: owner, template: reminder/birthday}
        - {id: wish, at: 0d 09:00, greet: lead, template: greeting/birthday, sign_by: {draft: -1d}}
        - {id: call, at: 1d 09:00, if: {contacted: true}, remind: owner, template: reminder/birthday}
start: 2026-03-02
reps: [{id: li}]
leads: [{id: chen, owner: li, dates: [{kind: birthday, month: 3, day: 4}]}]
steps:
  - {at: +2d, expect: [{step: wish, rule: wish}]}
  - {at: +3d, expect: [{step: call, rule: wish}]}
"""
    assert play(tmp_path, world) == []


def test_who_opts_out_gets_no_later_step_and_his_rep_still_does(tmp_path: Path) -> None:
    story = """
steps:
  - {at: +1d 11:00, do: {log: {lead: chen, outcome: no_answer}}}
  - {at: +1d 12:00, do: {unsubscribe: {lead: chen}}}
  - {at: +2d, expect: [{step: wechat, rule: try-again, state: suppressed}], because: {try-again: unsubscribed}}
"""
    assert play(tmp_path, RULE.replace("UNTIL", "") + story) == []
