"""Caps count what reaches a customer when it reaches him, however long something kept it back."""

from __future__ import annotations

from pathlib import Path

from tests.acceptance.played import play

WORLD = """
config: {arbiter: {engine: reference}}
inline:
  rules:
    - id: waits
      category: sales
      on: {since: registered, after: 1d}
      steps:
        - {id: one, at: 0d 10:00, greet: lead, template: greeting/thanks}
        - {id: two, at: 1d 10:00, greet: lead, template: greeting/thanks}
    - id: goes
      category: sales
      on: {since: registered, after: 10d}
      steps:
STEPS
  policies:
    - id: complaint
      when: {touch: {rule: waits}, circumstance: {kind: complaint, active: true}}
      then: {hold: touch, at_most: 30d}
    - id: weekly
      when: {touch: {audience: lead, category: sales}, lead: {touches_DAYSd: {gte: 2}}}
      then: {defer: 1d}
start: 2026-03-02
leads: [{id: chen, registered_at: "2026-03-02T08:00+08:00"}]
circumstances: [{kind: complaint, lead: chen}]
steps:
"""
STEP = "        - {id: s%d, at: %dd 10:00, greet: lead, template: greeting/thanks}\n"


def world(*days: int, count: int = 7) -> str:
    steps = "".join(STEP % (n, day) for n, day in enumerate(days, 1))
    return WORLD.replace("STEPS\n", steps).replace("DAYS", str(count))


def test_what_was_kept_back_waits_for_what_went_out_meanwhile(tmp_path: Path) -> None:
    story = """
  - {at: +10d, expect: [{rule: goes, step: s1}]}
  - {at: +11d, expect: [{rule: goes, step: s2}]}
  - {at: +12d 09:00, do: {end: {kind: complaint, lead: chen}}}
  - {at: +12d, expect: [], because: {waits: weekly}}
  - {at: +17d, expect: [{rule: waits, step: one}]}
"""
    assert play(tmp_path, world(0, 1) + story) == []


def test_what_was_kept_back_counts_from_the_day_on_which_it_went_out(tmp_path: Path) -> None:
    story = """
  - {at: +9d 10:30, do: {end: {kind: complaint, lead: chen}}}
  - {at: +9d, expect: [{rule: waits, step: one}, {rule: waits, step: two}]}
  - {at: +10d, expect: [{rule: goes, state: deferred}], because: {goes: weekly}}
  - {at: +16d, expect: []}
  - {at: +17d, expect: [{rule: goes, step: s1}]}
"""
    assert play(tmp_path, world(0) + story) == []


def test_a_cap_may_count_further_back_than_a_month(tmp_path: Path) -> None:
    story = """
  - {at: +11d, expect: [{rule: goes, step: s2}]}
  - {at: +75d, expect: [{rule: goes, state: deferred}], because: {goes: weekly}}
"""
    assert play(tmp_path, world(0, 1, 65, count=90) + story) == []
