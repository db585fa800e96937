"""The rules whose plan the oracle knows: one function of it for each."""

from __future__ import annotations

RULES = """
rules:
  - id: birthday
    summary: reminder and wish
    category: care
    on: {date: birthday}
    for: {tier: [gold, platinum]}
    steps:
      - {id: call, at: -3d 09:00, remind: owner, template: reminder/x}
      - {id: wish, at: 0d 09:00, greet: lead, template: greeting/x}
      - {id: after, at: 10d 10:00, remind: manager, template: reminder/x}
  - id: moon
    summary: festival
    category: care
    on: {holiday: mid_autumn}
    steps: [{id: wish, at: -1d 10:00, greet: lead, template: greeting/x}]
  - id: rhythm
    summary: by grade
    category: care
    on:
      since: {latest: [last_contact, owner_since], else: registered}
      after: {by: grade, A: 1w, B: 1mo, else: 3mo}
      repeat: 5d
      times: 2
      jitter: ±2d
    steps: [{id: call, at: +0h, remind: owner, template: reminder/x}]
  - id: first
    summary: soon
    category: care
    on: {since: registered, after: 5h}
    until: contacted
    steps:
      - {id: call, at: +0h, remind: owner, template: reminder/x}
      - {id: boss, at: +2d, remind: manager, template: reminder/x}
  - id: third
    summary: contacts
    category: care
    on: {reaches: {contacts: 3, since: owner}}
    steps: [{id: look, at: +1d, remind: manager, template: reminder/x}]
  - id: won
    summary: thanks
    category: care
    on: {becomes: {stage: won}}
    steps: [{id: thank, at: +2w, greet: lead, template: greeting/x}]
  - id: renewal
    summary: contracts
    category: care
    on: {due: contract.ends_on}
    steps:
      - {id: early, at: -20d 09:00, remind: owner, template: reminder/x}
      - {id: late, at: 2d 09:00, remind: manager, template: reminder/x}
  - id: cycle
    summary: service every 45 days
    category: care
    on: {date: signing, every: 45d}
    steps:
      - {id: call, at: -2d 09:00, remind: owner, template: reminder/x}
      - {id: boss, at: 1d 10:00, remind: manager, template: reminder/x}
  - id: owed
    summary: money to come
    category: care
    on: {due: receivable.due_on}
    steps:
      - {id: early, at: -5d 09:00, remind: owner, template: reminder/x}
      - {id: late, at: 3d 09:00, remind: manager, template: reminder/x}
  - id: keys
    summary: a day of an attribute
    category: care
    on: {due: attrs.keys_on}
    steps:
      - {id: early, at: -4d 09:00, remind: owner, template: reminder/x}
      - {id: late, at: 1d 09:00, remind: manager, template: reminder/x}
  - id: visit
    summary: visits and calls
    category: care
    on: {since: {latest: [last.visit, last.phone], else: registered}, after: 9d}
    steps: [{id: call, at: +0h, remind: owner, template: reminder/x}]
  - id: missed
    summary: nobody answered
    category: care
    on: {outcome: no_answer, channel: phone}
    steps: [{id: write, at: +1d, greet: lead, template: greeting/x}]
  - id: flood
    summary: while it lasts
    category: care
    on: {event: flood, repeat: 4d, times: 3}
    steps:
      - {id: prepare, at: -1d, remind: owner, template: reminder/x}
      - {id: ask, at: +0h, remind: owner, template: reminder/x}
  - id: morning
    summary: everybody's eight o'clock
    category: care
    on: {schedule: "0 8 * * *"}
    steps: [{id: day, at: +0h, remind: owner, template: reminder/x}]
"""
POLICIES = """
policies:
  - id: signed
    when: {touch: {audience: lead, rule: birthday}}
    then: {require_signature: owner, draft: 1d}
"""
