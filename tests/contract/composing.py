"""A small house whose touches have just been let go, for what is written of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import insert, select

from engine.domain.post import post_of
from engine.domain.words import Action, Misfire
from engine.ground.durations import Duration
from engine.rulebook.model import At, Rule, Step
from engine.rulebook.trigger_kinds import DateTrigger
from engine.settings.local_model import FileChannel
from engine.settings.model import Settings
from engine.stages.compose.compose import compose
from engine.stages.compose.shelf import Shelf
from engine.store.circumstance_tables import circumstance
from engine.store.database import Database
from engine.store.ledger import generation, occasion, touch
from engine.store.tables import account, lead, rep
from tests.contract.outbox import NOON

MAIL = "{% block subject %}To {{ receiver.name }}{% endblock %}{% block body %}BODY{% endblock %}"
TEMPLATES = {
    "greeting/x/mail.en.txt.j2": MAIL.replace(
        "BODY", "{{ occasion.date }} {{ occasion.nth }} {{ lead.account }} {{ rep.name }}"
        "{% for m in merged %} +{{ m.summary }} {{ m.date }}{% endfor %}"
    ),
    "greeting/x/mail.en.html.j2": "<p>{{ lead.name }}</p>",
    "reminder/x/mail.en.txt.j2": MAIL.replace(
        "BODY", "{{ lead.grade }} {{ occasion.days_left }} {{ circumstance.kind }}"
    ),
    "reminder/talk/mail.en.txt.j2": MAIL.replace(
        "BODY", "{{ lead.last_talk }}|{{ lead.next_step }}|{{ record.product }} {{ record.amount }}|{{ occasion.time }}"
    ),
    "reminder/gifts/mail.en.txt.j2": MAIL.replace(
        "BODY", "{% for gift in gifts %}{{ gift.label }}, {{ gift.price }}, {{ gift.story }};{% endfor %}"
    ),
    "reminder/days/mail.en.txt.j2": MAIL.replace("BODY", "{{ occasion.days_left }}"),
    "reminder/links/mail.en.txt.j2": MAIL.replace("BODY", "{% for link in links %}{{ link.url }} {% endfor %}"),
    "greeting/broken/mail.en.txt.j2": MAIL.replace("BODY", "{{ lead.grade }}"),
}  # fmt: skip


def step(ident: str, template: str, days_before: int = 0, **more: Any) -> Step:
    return Step(ident, At(Duration(days=-days_before)), Action.GREET, "lead", template, "festive", Misfire.ONCE, **more)


CARDS = post_of({"else": 3, "44": 2, "54": 10})
RULE = Rule("birthday", "Birthday wish", "festive", DateTrigger("birthday"), (
    step("wish", "greeting/x"), step("call", "reminder/x", urgent=True, window="office"),
    step("talk", "reminder/talk", invite=True), step("links", "reminder/links"), step("days", "reminder/days"),
    step("gifts", "reminder/gifts"), step("card", "greeting/x", 2, posts=(CARDS,)),
    step("early", "greeting/x", 20, posts=(CARDS,)),
    step("broken", "greeting/broken"), step("gone", "greeting/gone"),
    step("back", "", needs=(("call", Duration(days=3)),)),
))  # fmt: skip


ALONE = replace(RULE, steps=RULE.steps[:-1])
"""A revision of it in which nothing waits for a warning."""


class OneRule:
    def active(self, _connection: Any) -> None:
        return None

    def rule(self, _connection: Any, rule_id: str, revision: str) -> Rule | None:
        return {("birthday", "alone"): ALONE, ("birthday", "r1"): RULE}.get((rule_id, revision))


class World:
    """A lead with an account, his owner, an occasion on 2026-02-19, and generation 1."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.shelf = Shelf(OneRule())
        kinds = {"email": ("lead", "rep"), "sms": ("lead", "rep"), "desk": ("rep",)}
        self.settings = Settings(
            channels={name: FileChannel(kind="file", folder=name, receivers=who) for name, who in kinds.items()}
        )
        with db.writing() as connection:
            connection.execute(insert(generation).values(
                id=1, digest="d", loaded_at=0, rules={}, templates=TEMPLATES, active=True))
            connection.execute(insert(account).values(id="acme", name="Acme"))
            connection.execute(insert(lead).values(
                id="wang", shard=0, name="Wang <Fang>", account="acme", owner="li", grade="A", country="CN",
                timezone="Asia/Shanghai", locale="en", registered_at=0, email="wang@example.com", phone="+86138"))
            connection.execute(insert(rep).values(
                id="li", name="Li Na", email="li@example.com", timezone="Asia/Shanghai", locale="zh-Hans"))
            connection.execute(insert(circumstance).values(
                id="c1", kind="flood", scope="lead", lead="wang", starts_at=NOON, actor="ops", recorded_at=NOON))
            for anchor in ("birthday:date#1:2026", "flood:circumstance#c1"):
                connection.execute(insert(occasion).values(
                    rule="birthday", lead="wang", anchor=anchor, shard=0, revision="r1", generation=1,
                    occurs_on="2026-02-19", nth=3, born_at=0, counts_from_at=0))

    def release(self, key: str = "k1", **more: Any) -> int:
        row = {
            "occurrence_key": key, "rule": "birthday", "lead": "wang", "anchor": "birthday:date#1:2026",
            "step": "wish", "receiver": "wang", "shard": 0, "revision": "r1", "generation": 1, "action": "greet",
            "audience": "lead", "category": "festive", "priority": 100, "nominal_at": NOON, "due_at": NOON,
            "day_on": "2026-02-16", "state": "released", "judged_version": 0, "via": ["email"],
        } | more  # fmt: skip
        with self.db.writing() as connection:
            return int(connection.execute(insert(touch).values(row).returning(touch.c.id)).scalar_one())

    def compose(self) -> dict[str, int]:
        return compose(self.db, self.shelf, self.settings, NOON)

    def rows(self, table: Any) -> list[Any]:
        with self.db.reading() as connection:
            return list(connection.execute(select(table).order_by(*table.primary_key)).all())

    def touch(self, ident: int) -> Any:
        return next(row for row in self.rows(touch) if row.id == ident)
