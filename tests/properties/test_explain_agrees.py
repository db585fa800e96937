"""`explain` agrees with the evaluator, with the book and with what ticks do: random leads, random rules."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from hypothesis import HealthCheck, Phase, event, given, settings
from sqlalchemy import Row, select

from engine.desk.explain import RuleStory, explain
from engine.desk.overlay import Stages, overlay
from engine.desk.planning import Span, planned_touches
from engine.domain.words import Effect
from engine.rulebook.conditions import fields_of, reads_circumstances
from engine.rulebook.model import RuleBook
from engine.stages.plan.passes import horizon_at
from engine.stages.plan.plan import plan
from engine.store.conditions.fields import zones_in_use
from engine.store.conditions.selection import to_sql
from engine.store.database import Connection, Database
from engine.store.ledger import touch, verdict
from engine.store.tables import lead
from engine.store.upgrade import create_all
from tests.properties.effort import examples
from tests.properties.random_rules import BOOKS, CONFIG, DAY, EDITS, HOUR, LEADS, START, book_of, happen, settle

END = START + 8 * DAY
PHASES = (Phase.explicit, Phase.generate)  # shrinking a life takes minutes and says little more
Stories = Mapping[tuple[str, str], RuleStory]
"""By lead and rule."""


@settings(max_examples=examples(12), deadline=None, phases=PHASES, suppress_health_check=[HealthCheck.too_slow])
@given(rules=BOOKS, leads=LEADS, edits=EDITS)
def test_explain_agrees_with_the_evaluator_and_with_what_ticks_do(rules: Any, leads: Any, edits: Any) -> None:
    checked = book_of(rules)
    with overlay(None, CONFIG, checked, START) as stages:
        with stages.db.writing() as connection:
            settle(connection, leads)
        names = [f"l{n}" for n in range(len(leads))]
        now, waiting = START, [(START + hour * HOUR, who, what) for hour, who, what in edits]
        while now < END:
            while waiting and waiting[0][0] <= now:
                _, who, what = waiting.pop(0)
                with stages.db.writing() as connection:
                    happen(connection, len(waiting), names[who % len(names)], what, now)
            tick(stages, checked.book, names, now)
            now = min([stages.next_instant(now), *(at for at, _, _ in waiting[:1])])


@settings(max_examples=examples(9), deadline=None, phases=PHASES, suppress_health_check=[HealthCheck.too_slow])
@given(rules=BOOKS, leads=LEADS, edits=EDITS)
def test_what_explain_says_comes_next_is_first_in_the_plan(rules: Any, leads: Any, edits: Any) -> None:
    checked = book_of(rules)
    live = Database("sqlite://")
    create_all(live)
    with live.writing() as connection:
        settle(connection, leads)
        for number, (_, who, what) in enumerate(edits):
            happen(connection, number, f"l{who}", what, START)
    span = Span(START, START, END)
    first: dict[tuple[str, str], list[tuple[str, float]]] = defaultdict(list)
    for one in planned_touches(live, CONFIG, checked, span):
        if (at := instant(one.nominal_at)) >= START:
            first[one.lead, one.rule].append((one.step, at))
    with live.reading() as connection:
        told = stories(connection, checked.book, sorted({f"l{n}" for n in range(len(leads))}), START)
    live.close()
    defers = any(policy.effect is Effect.DEFER for policy in checked.book.policies)
    for key, story in told.items():
        rule = checked.book.rule(story.rule)
        assert rule is not None
        if any(path.startswith("age.") for path in fields_of(rule.segment)) or reads_circumstances(rule.segment):
            continue  # what the segment says changes as days go by
        at = instant(story.trigger.next_due_at)
        if story.enabled and story.matched and at < END:
            if defers and all(step != story.trigger.next_step for step, _ in first[key]):
                continue  # moved out of the days that the plan shows, others of its rule perhaps not
            event("something comes")
            assert (story.trigger.next_step, at) in first[key], (story, first[key])
            assert min(when for _, when in first[key]) == at, (story, first[key])
        else:
            assert not first[key], story


def instant(told: str | None) -> float:
    return datetime.fromisoformat(told).timestamp() if told else math.inf


def tick(stages: Stages, book: RuleBook, names: list[str], now: int) -> None:
    """What a tick does; what explain says before its release is what happens, and what it says then is in the book."""
    plan(stages.db, stages.settings, stages.books, stages.clockwork, now)
    with stages.db.reading() as connection:
        due = connection.execute(select(touch).where(touch.c.judge_at <= now)).all()
        before = stories(connection, book, sorted({row.lead for row in due}), now)
    stages.step(now)
    with stages.db.reading() as connection:
        judged(connection, due, before, now)
        for (who, rule), story in stories(connection, book, names, now).items():
            chosen(connection, book, who, rule, story, now)
            ahead(connection, who, story, now)


def stories(connection: Connection, book: RuleBook, names: list[str], now: int) -> Stories:
    told = {name: explain(connection, CONFIG, book, name, now) for name in names}
    return {(name, story.rule): story for name, one in told.items() for story in one.rules}


def chosen(connection: Connection, book: RuleBook, who: str, ident: str, story: RuleStory, now: int) -> None:
    """A lead matches when SQL selects him; else the first comparison that fails is told."""
    rule = book.rule(ident)
    assert rule is not None
    wanted = to_sql(rule.segment, now, zones_in_use(connection))
    selected = connection.execute(select(lead.c.id).where(lead.c.id == who, wanted)).first() is not None
    assert story.matched is selected
    assert (story.first_failed is None) is selected
    assert not (story.near_miss and selected)


def judged(connection: Connection, due: list[Row[Any]], before: Stories, at: int) -> None:
    """Each touch that was looked at came out as its steps and policies were told to stand."""
    after = {row.id: row for row in connection.execute(select(touch))}
    said = {(row.touch, row.policy) for row in connection.execute(select(verdict).where(verdict.c.at == at))}
    for row in due:
        story, now = before[row.lead, row.rule], after[row.id]
        alone = sum((one.lead, one.rule, one.step) == (row.lead, row.rule, row.step) for one in due) == 1
        failed = next(one.first_failed for one in story.steps if one.step == row.step)
        event(f"{now.state} {now.reason and now.reason.split()[0]}")
        if now.reason and now.reason.startswith("if "):
            assert failed is not None
            assert now.reason == f"if {failed.path}"
        elif now.state in ("delivered", "held", "deferred", "merged", "suppressed"):
            assert failed is None
            for bite in story.policies:
                if alone and bite.step == row.step:
                    assert bite.bites is ((row.id, bite.policy) in said), (bite, row)


def ahead(connection: Connection, who: str, story: RuleStory, now: int) -> None:
    """Of a rule that has a lead the next touch told of stands in the book, if its day has come into view."""
    query = select(touch).where(touch.c.lead == who, touch.c.rule == story.rule, touch.c.nominal_at >= now)
    coming = {(row.step, row.nominal_at): row for row in connection.execute(query) if row.state != "superseded"}
    at = instant(story.trigger.next_due_at)
    if story.enabled and story.matched and at < horizon_at(now):
        assert (story.trigger.next_step, at) in coming, (story, coming)
    assert {row.id for row in coming.values()} <= {one["id"] for one in story.touches}
    waits = [row.nominal_at for row in coming.values() if row.state == "planned"]
    if waits:
        assert at <= min(waits), (story, coming)
