"""Made-up customers to write to: one of each temperament with everything known, and one of whom hardly anything is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from engine.desk.tried.digest_samples import digest_samples
from engine.desk.tried.gathered_samples import gathered_samples
from engine.domain.words import Action, Audience
from engine.rulebook.model import Rule, Step
from engine.rulebook.trigger_kinds import DateTrigger, EventTrigger, HolidayTrigger
from engine.rulebook.triggers import is_civil
from engine.settings.model import Attribute, Settings
from engine.stages.compose.context import context_of
from engine.stages.gifts import ideas_of, offered
from engine.store.outbox.compose_rows import (
    CIRCUMSTANCE_MARK,
    CircumstanceRow,
    LeadRow,
    Material,
    RecordRow,
    RepRow,
    TouchRow,
    record_of,
)

_DAY = date(2026, 2, 17)
_SEEN = 1_767_600_000
"""A winter day of the same year, seconds since the epoch."""
_VALUES: Mapping[str, Any] = {
    "text": "tea", "int": 3, "number": 2.5, "bool": True, "date": "2026-01-31", "list": ["tea", "chess"],
}  # fmt: skip


class Sample(NamedTuple):
    """A customer as advice names him, and everything a template may read about him."""

    name: str
    context: Mapping[str, Any]


def samples_for(rule: Rule, step: Step, settings: Settings) -> tuple[Sample, ...]:
    """Everybody that the step's template is tried on."""
    if not rule.of_leads:
        return tuple(Sample(*pair) for pair in digest_samples(rule, step, settings).items())
    if step.gather:
        return tuple(Sample(*pair) for pair in _gathered(rule, step, settings))
    words = settings.vocabularies
    known = ((temperament, _full(settings, n, temperament)) for n, temperament in enumerate(words.temperaments))
    told = ((name, context_for(rule, step, settings, lead)) for name, lead in known)
    full = [Sample(f"a customer of temperament {name}", context) for name, context in told]
    bare = context_for(rule, step, settings, _bare(settings))
    return (*full, Sample("a customer of whom only the name is known", bare))


def _gathered(rule: Rule, step: Step, settings: Settings) -> Iterator[tuple[str, Mapping[str, Any]]]:
    words = settings.vocabularies
    full = _full(settings, 0, next(iter(words.temperaments), ""))
    people = (full, full._replace(id="secret", confidential=True), _bare(settings)._replace(id="bare"))
    kinds = rule.on.kinds if isinstance(rule.on, EventTrigger) else ("",)
    return gathered_samples(rule, _touch(rule, step, full, days=0), people, kinds, settings)


def _full(settings: Settings, n: int, temperament: str) -> LeadRow:
    words = settings.vocabularies
    attributes = {name: _value(attribute) for name, attribute in settings.attributes.items()}
    return LeadRow(
        profile=_one(words.profiles, n), last_score=4,
        id="sample", name="王芳", salutation="王总", email="wang@example.com", phone="+8613800000000", wecom="wang",
        owner="li", tier=_one(words.tiers, n), grade=_one(words.grades, n), stage=_one(words.stages, n),
        temperament=temperament, region="5101", timezone=settings.defaults.timezone, locale=settings.defaults.locale,
        last_contact_at=_SEEN, hope="a quiet year", attrs=attributes, judge_version=0, key=True, confidential=False,
        account_name="示例公司",
        last_note="a new plant in spring", next_step="samples by Friday",
    )  # fmt: skip


def _one(words: tuple[str, ...], n: int) -> str | None:
    return words[n % len(words)] if words else None


def _value(attribute: Attribute) -> Any:
    if not attribute.words:
        return _VALUES[attribute.type]
    return [attribute.words[0]] if attribute.type == "list" else attribute.words[0]


def _bare(settings: Settings) -> LeadRow:
    empty: dict[str, Any] = dict.fromkeys(LeadRow._fields)
    known = {"id": "sample", "name": "王芳", "attrs": {}, "judge_version": 0, "key": False, "confidential": False}
    place = {"timezone": settings.defaults.timezone, "locale": settings.defaults.locale}
    return LeadRow(**{**empty, **known, **place})


def context_for(rule: Rule, step: Step, settings: Settings, lead: LeadRow) -> Mapping[str, Any]:
    """Everything that the step's template may read about this customer, whose rep is `li` if he has one.

    With another occasion merged in and the occasion some days ahead, unless hardly anything is known.
    """
    known = lead.owner is not None
    phone = "+8613900000000" if known else None
    rep = RepRow("li", "李雷", "li@example.com", phone, None, None, lead.timezone, lead.locale)
    touch = _touch(rule, step, lead, days=3 if known else 0)
    circumstance = CircumstanceRow("sample", _kind(rule), "severe" if known else None)
    merged = {touch.id: [touch]} if known else {}
    records = {record_of(touch.anchor): RecordRow("", "pump P40", 12_800.0, "two years")} if known else {}
    material = Material([touch], {lead.id: lead}, {rep.id: rep}, {"sample": circumstance}, merged, records)
    context = context_of(touch, material, {(rule.id, rule.revision): rule.summary}, settings.company.name)
    gifts = offered(settings, ideas_of(settings)[:1])
    return context | {"survey_url": "https://followup.example.com/survey/TOKEN", "gifts": gifts} if known else context


def _kind(rule: Rule) -> str:
    return rule.on.kinds[0] if isinstance(rule.on, EventTrigger) else ""


def _touch(rule: Rule, step: Step, lead: LeadRow, days: int) -> TouchRow:
    """The step's touch, `days` before its occasion; only dates and festivals have returns that are counted."""
    civil, returns = is_civil(rule.on), isinstance(rule.on, DateTrigger | HolidayTrigger)
    to_lead = step.action is Action.GREET
    known: dict[str, Any] = {
        "id": 1, "rule": rule.id, "lead": lead.id, "step": step.id, "receiver": lead.id if to_lead else "li",
        "anchor": f"{_kind(rule)}{CIRCUMSTANCE_MARK}sample" if isinstance(rule.on, EventTrigger) else "",
        "revision": rule.revision, "audience": Audience.LEAD if to_lead else Audience.REP, "category": step.category,
        "day_on": (_DAY - timedelta(days)).isoformat(), "occurs_on": _DAY.isoformat() if civil else None,
        "occurs_at": None if civil else _SEEN, "nth": 3 if days and returns else None,
    }  # fmt: skip
    return TouchRow._make(known.get(field) for field in TouchRow._fields)
