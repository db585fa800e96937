"""The least time between two messages to one customer, when rules meet and when one takes over from another."""

from __future__ import annotations

from pathlib import Path

from tests.acceptance.played import play

WORLD = """
config: {caps: {gap: 4h}}
start: 2026-03-02
reps: [{id: li}]
"""
TWO = """
inline:
  rules:
    - id: bill
      category: service
      on: {since: purchase.at, after: 1d}
      steps: [{id: say, at: 0d 09:00, greet: lead, template: greeting/thanks}]
    - id: offer
      category: sales
      on: {since: purchase.at, after: 1d}
      steps: [{id: say, at: 0d 10:00, greet: lead, template: greeting/thanks, EXTRA}]
leads: [{id: chen, owner: li}]
records: [{lead: chen, kind: purchase, at: "2026-03-02T08:00+08:00"}]
"""


def test_the_later_one_waits_until_the_gap_is_over(tmp_path: Path) -> None:
    story = """
steps:
  - {at: +1d, expect: [{rule: bill, at: "09:00"}, {rule: offer, at: "13:00"}]}
"""
    assert play(tmp_path, WORLD + TWO.replace(", EXTRA", "") + story) == []


def test_what_would_be_too_late_after_the_gap_expires(tmp_path: Path) -> None:
    story = """
steps:
  - {at: +1d, expect: [{rule: bill, at: "09:00"}], because: {offer: deferred_out}}
"""
    assert play(tmp_path, WORLD + TWO.replace("EXTRA", "expires: 2h") + story) == []


def test_what_is_urgent_does_not_wait(tmp_path: Path) -> None:
    story = """
steps:
  - {at: +1d, expect: [{rule: bill, at: "09:00"}, {rule: offer, at: "10:00"}]}
"""
    assert play(tmp_path, WORLD + TWO.replace("EXTRA", "urgent: true") + story) == []


def test_a_gap_of_days_counts_the_customers_civil_days(tmp_path: Path) -> None:
    story = """
steps:
  - {at: +1d, expect: [{rule: bill, at: "09:00"}, {rule: offer, state: deferred}], because: {offer: gap}}
  - {at: +2d, expect: []}
  - {at: +3d, expect: [{rule: offer, at: "09:00"}]}
"""
    assert play(tmp_path, (WORLD + TWO.replace(", EXTRA", "")).replace("gap: 4h", "gap: 2d") + story) == []


def test_a_rule_that_takes_over_keeps_its_distance_from_the_one_that_ended(tmp_path: Path) -> None:
    story = """
inline:
  rules:
    - id: waiting
      category: service
      on: {since: registered, after: 1d}
      until: {stage: won}
      steps:
        - {id: one, at: 0d 09:00, greet: lead, template: greeting/thanks}
        - {id: two, at: 0d 15:00, greet: lead, template: greeting/thanks}
    - id: won
      category: service
      on: {becomes: {stage: won}}
      steps: [{id: thank, at: +1h, greet: lead, template: greeting/thanks}]
leads: [{id: chen, owner: li, registered_at: "2026-03-02T08:00+08:00"}]
steps:
  - {at: +1d 10:00, do: {set: {lead: chen, stage: won}}}
  - {at: +1d, expect: [{rule: waiting, step: one, at: "09:00"}, {rule: won, at: "13:00"}], because: {waiting: until}}
"""
    assert play(tmp_path, WORLD + story) == []


def test_wishes_that_a_policy_merges_are_one_message(tmp_path: Path) -> None:
    story = """
inline:
  rules:
    - id: birthday
      category: festive
      on: {date: birthday}
      steps: [{id: wish, at: 0d 09:00, greet: lead, template: greeting/birthday}]
    - id: signing
      category: festive
      on: {date: signing}
      steps: [{id: wish, at: 0d 09:30, greet: lead, template: greeting/thanks}]
  policies:
    - id: one-wish
      when: {touch: {category: festive}, other: {category: festive, within: 0d, outranks: touch}}
      then: {merge: touch, into: other}
leads: [{id: chen, dates: [{kind: birthday, month: 3, day: 4}, {kind: signing, month: 3, day: 4}]}]
steps:
  - {at: +2d, expect: [{rule: birthday, at: "09:00"}], because: {signing: one-wish}}
"""
    assert play(tmp_path, WORLD + story) == []
