"""What was merged into a greeting that is still to come is its own again when its day moves."""

from __future__ import annotations

from pathlib import Path

from tests.acceptance.played import play

STORY = """
config: {arbiter: {engine: reference}}
inline:
  rules:
    - id: b-birthday
      category: festive
      on: {date: birthday}
      steps: [{id: wish, at: 0d 10:00, greet: lead, template: greeting/birthday}]
    - id: a-wedding
      category: festive
      on: {date: wedding}
      steps:
        - id: wish
          at: 0d 09:00
          greet: lead
          template: greeting/birthday
          sign_by: {who: owner, draft: -1d 09:00, deadline: "0d 08:30"}
  policies:
    - id: one
      when:
        touch: {audience: lead, category: festive}
        other: {audience: lead, category: festive, within: 0d, outranks: touch}
      then: {merge: touch, into: other}
start: 2026-03-02
reps: [{id: li}]
leads: [{id: ann, owner: li, date.wedding: --03-05, date.birthday: --03-05}]
drafts: unsigned
steps:
  - {at: +2d 11:00, do: {set: {lead: ann, CHANGE}}}
  - {at: +2d 12:00, do: {approve: {rule: a-wedding, lead: ann}}}
"""


def test_a_birthday_that_moves_is_wished_on_its_new_day(tmp_path: Path) -> None:
    story = STORY.replace("CHANGE", "date.birthday: --03-08") + """
  - {at: +3d, expect: [{rule: a-wedding}]}
  - {at: +6d, expect: [{rule: b-birthday, at: "10:00"}]}
"""
    assert play(tmp_path, story) == []


def test_any_other_change_leaves_it_merged(tmp_path: Path) -> None:
    story = STORY.replace("CHANGE", "tier: gold") + """
  - {at: +3d, expect: [{rule: a-wedding}, {rule: b-birthday, state: merged}], because: {b-birthday: one}}
"""
    assert play(tmp_path, story) == []
