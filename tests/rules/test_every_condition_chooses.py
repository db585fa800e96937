"""Every field and operator of the language in one world: each holds for one customer and for nobody else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.desk.ruletests.run import run_tests
from engine.rulebook.catalogue import Catalogue
from engine.rulebook.conditions import Op
from engine.settings.load import load_settings

HOUSE = Path(__file__).parents[2]

HOLD = """\
tier: gold
tier: [platinum, gold]
tier: {gte: gold}
grade: {gt: B}
tier: {eq: gold}
stage: {ne: new}
stage: {not_in: [new, won]}
stage: {in: [need, quote]}
status: active
loyalty: regular
temperament: tiger
profile: {gte: friend}
account: acme
salutation: {matches: "Dr*"}
hope: {contains: house}
hope: {exists: true}
previous_owner: {exists: true}
previous_owner: wu
country: DE
locale: {ne: zh-Hans}
timezone: Europe/Berlin
owner: li
owner.team: sales
owner.role: rep
owner.region: {within: "51"}
owner.locale: en
owner.timezone: Europe/Paris
region: {within: "5101"}
region: {within: owner.region}
region: "510104"
key: true
confidential: true
unsubscribed: {ne: true}
contacts: {gte: 2, lt: 50}
contacts: {gte: 1, since: order}
contacts: {gte: 1, since: owner}
contacts_90d: {gte: 1}
attempts: 1
attempts_30d: 1
orders: 1
account.contacts: {gte: 1}
account.attempts: {gte: 1}
account.orders: {gte: 1}
last_outcome: no_answer
last_score: {lte: 6}
age.last_score: {lt: 5d}
opportunity.stage: quote
opportunity.amount: {lte: 5000}
opportunity.product: doors
opportunities.open: {gte: 1}
age.last_contact: {gte: 2d}
age.last_attempt: {lt: 3d}
age.last.visit: {gte: 2d}
age.last_order: {gte: 3d}
age.registered: {gte: 1y}
age.owner_since: {lt: 5d}
all: [{age.stage_since: {lt: 5d}}, {stage: need}]
circumstance: {kind: complaint, active: true}
circumstance: {kind: [complaint, illness], severity: {gte: severe}, age: {lt: 9d}, phase: active}
attrs.size: {gt: 40}
attrs.industry: doors
attrs.interests: {contains: tea}
attrs.until: {lt: 2027-01-01}
portrait.completeness: {gte: 30}
portrait.allows: {gte: doctor}
not: {portrait.missing: {contains: contact}}
quality.standing: sound
quality.trend: rising
quality.reputation: {ne: poor, exists: true}
willingness.used_similar: true
willingness.knows_ours: {eq: false}
willingness.obstacles: {contains: price}
willingness.interest: {matches: "*pump"}
account.attrs.hobbies: {contains: chess}
channels: {contains: sms}
channels: {exists: true}
all: [{tier: gold}, {key: true}]
any: [{tier: platinum}, {key: true}]
not: {tier: lead}
""".splitlines()

WORLD = """\
summary: conditions
config:
  attributes:
    {size: {type: number}, industry: {type: text}, interests: {type: list}, until: {type: date}, role: {type: list},
     hobbies: {type: list}, competitors: {type: list}}
  channels: {sms: {kind: file, folder: out, receivers: [lead]}}
start: 2026-03-02
reps:
  - {id: li, team: sales, region: "5101", role: rep, locale: en, timezone: Europe/Paris}
  - {id: wu, team: desk, role: manager, region: "11", timezone: Asia/Shanghai, locale: zh-Hans}
leads:
  - {id: "yes", tier: gold, grade: A, stage: new, loyalty: regular, temperament: tiger, profile: friend, account: acme,
     salutation: Dr Wang, hope: "a house, a son", country: DE, locale: en, timezone: Europe/Berlin, region: "510104",
     key: true, confidential: true, attrs.size: 41, attrs.industry: doors, attrs.interests: tea;chess,
     attrs.until: 2026-12-31, attrs.hobbies: chess, phone: "13800000001", quality.standing: sound,
     quality.trend: rising, quality.reputation: good, willingness.used_similar: yes, willingness.knows_ours: no,
     willingness.obstacles: price, willingness.interest: a quiet pump, channels: sms,
     owner: wu, registered_at: -2y, status: active}
  - {id: "no", tier: lead, grade: C, stage: new, status: suspended, country: CN, locale: zh-Hans, region: "110101",
     unsubscribed: true, registered_at: -1d}
circumstances: [{kind: complaint, lead: "yes", severity: severe}]
records:
  - {id: p, lead: "yes", kind: purchase, at: -9d}
  - {id: o, lead: "yes", kind: opportunity, stage: quote, amount: 5000, product: doors}
steps:
  - at: +0d 09:00
    do: [{assign: {lead: "yes", to: li}}, {set: {lead: "yes", stage: need}}]
  - at: +0d 10:00
    do: [{log: {lead: "yes", outcome: reached, purpose: visit, times: 2, score: 6}}]
  - at: +1d 10:00
    do: [{log: {lead: "yes", outcome: no_answer}}]
"""


def world() -> str:
    """WORLD, with a rule for each condition that fires two days later, for whom it holds."""
    rest = "category: admin, on: {date: founding}, steps: [{id: a, at: 0d 12:00, set: {hope: null}}]"
    rules = [f"    - {{id: r{n}, for: {{{condition}}}, {rest}}}" for n, condition in enumerate(HOLD)]
    born = WORLD.replace("unsubscribed: true,", "unsubscribed: true, dates: [{kind: founding, month: 3, day: 4}],")
    born = born.replace("key: true, c", "key: true, dates: [{kind: founding, month: 3, day: 4}], c")
    expected = [f'      - {{rule: r{n}, lead: "yes"}}' for n in range(len(HOLD))]
    looked = "\n".join(["  - at: +2d", "    expect:", *expected])
    return "\n".join([born.rstrip(), looked, "inline:", "  rules:", *rules, ""])


def test_every_condition_holds_for_one_customer_and_not_for_the_other(tmp_path: Path) -> None:
    file = tmp_path / "conditions.test.yaml"
    file.write_text(world(), "utf-8")
    report = run_tests(load_settings(HOUSE / "config.yaml"), HOUSE, [file])
    failings = [failing for one in report.outcomes for step in one.steps for failing in step.failings]
    wrong = [line for failing in failings for line in failing.lines if line.lstrip()[:1] in "+-"]
    unread = [str(problem) for one in report.outcomes for problem in one.problems]
    assert (list(map(str, report.problems)), unread, wrong) == ([], [], [])


@pytest.mark.parametrize("word", [*Op, "all", "any", "not"])
def test_no_operator_is_left_out(word: str) -> None:
    assert any(re.search(rf"\b{word}:", condition) for condition in HOLD), word


def test_no_field_of_a_lead_is_left_out(catalogue: Catalogue) -> None:
    mine = ("attrs.", "account.attrs.", "age.last.", "touches_", "age.pooled", "contacts_since", "attempts_since")
    asked = {path for condition in HOLD for path in re.findall(r"[\w.]+(?=:)", condition)}
    assert {path for path in catalogue.fields if not path.startswith(mine) and "_since_" not in path} <= asked
