"""Every text that ships is written for the sample customers in every language: nothing is missing or left over."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from engine.desk.folder import check_folder, read_folder
from engine.desk.tried.renderings import LOCALES
from engine.desk.tried.samples import context_for, samples_for
from engine.domain.people import lead_entry
from engine.domain.words import Action
from engine.rulebook.model import Rule, Step
from engine.rulebook.trigger_kinds import HolidayTrigger
from engine.service.samples import sample_people
from engine.settings.load import load_settings
from engine.stages.compose.templates import TemplateSet, Written, render
from engine.stages.imports import terms_of
from engine.store.outbox.compose_rows import LeadRow

ROOT = Path(__file__).parents[2]
SETTINGS = load_settings(ROOT / "config.yaml")
CHECKED = check_folder(SETTINGS, read_folder(SETTINGS, ROOT))
TEMPLATES = TemplateSet(CHECKED.templates)
NOW = int(datetime(2026, 3, 2, tzinfo=UTC).timestamp())
LEFT_OVER = re.compile(r"\{[{%]|[}%]\}|\bNone\b|\bundefined\b|  +\S|，，|。。|, ,|\(\)|（）")
"""What a text shows where a slot was empty or a mark was not closed."""


SPRING, AUTUMN = re.compile("Spring Festival|new year|春|拜年"), re.compile("Autumn|中秋")
"""How texts name the two festivals."""


def told_apart(lead: LeadRow) -> tuple[Any, ...]:
    """What makes a text read otherwise: which facts there are, and the words of closed vocabularies."""
    words = (lead.temperament, lead.tier, lead.key, lead.confidential)
    return (*words, *(value is None or value == "" for value in lead), *sorted(lead.attrs))


def everybody() -> list[LeadRow]:
    """One of each kind of the sample customers."""
    kinds: dict[tuple[Any, ...], LeadRow] = {}
    for row in sample_people(NOW).leads:
        entry = lead_entry(row, terms_of(SETTINGS))
        known = dict.fromkeys(LeadRow._fields) | {"judge_version": 0, "key": False, "confidential": False}
        known |= {name: value for name, value in entry.values.items() if name in LeadRow._fields}
        known |= {"id": entry.id, "attrs": dict(entry.attrs), "account_name": row["company"]}
        lead = LeadRow(**known | {"owner": "li" if row["owner"] else None})
        kinds.setdefault(told_apart(lead), lead)
    return list(kinds.values())


EVERYBODY = everybody()


def steps() -> Iterator[tuple[Rule, Step]]:
    """Each text once, with a step that it belongs to."""
    used = {step.template: (rule, step) for rule in CHECKED.book.rules for step in rule.steps if step.template}
    yield from (pair for pair in used.values() if pair[0].of_leads and not pair[1].gather)


@pytest.mark.parametrize("pair", list(steps()), ids=lambda pair: pair[1].template)
def test_it_is_written_for_everybody_in_every_language(pair: tuple[Rule, Step]) -> None:
    rule, step = pair
    audience = "lead" if step.action is Action.GREET else "rep"
    assert {locale for locale, _ in TEMPLATES.written_for(step.template)} >= set(LOCALES)
    for lead in EVERYBODY:
        context: Mapping[str, Any] = context_for(rule, step, SETTINGS, lead)
        for locale in LOCALES:
            written = render(TEMPLATES, step.template, locale, audience, context)
            for text in (written.subject, written.text):
                assert text.strip(), (lead.id, locale)
                assert not LEFT_OVER.search(text), (lead.id, locale, text)


def written_for(rule_id: str, step_id: str, lead: LeadRow) -> list[Written]:
    rule = next(rule for rule in CHECKED.book.rules if rule.id == rule_id)
    step = next(step for step in rule.steps if step.id == step_id)
    audience = "lead" if step.action is Action.GREET else "rep"
    context = context_for(rule, step, SETTINGS, lead)
    return [render(TEMPLATES, step.template, locale, audience, context) for locale in LOCALES]


@pytest.mark.parametrize(("festival", "own", "other"), [
    ("spring_festival", SPRING, AUTUMN), ("mid_autumn", AUTUMN, SPRING),
])  # fmt: skip
def test_a_text_for_a_festival_speaks_of_this_one(festival: str, own: re.Pattern[str], other: re.Pattern[str]) -> None:
    of = [rule for rule in CHECKED.book.rules if isinstance(rule.on, HolidayTrigger) and festival in rule.on.festivals]
    told = [text for rule in of for step in rule.steps for text in written_for(rule.id, step.id, EVERYBODY[0])]
    assert len(told) == 6
    assert [text for text in told if not own.search(text.subject) or other.search(text.subject + text.text)] == []


def test_each_visit_after_a_purchase_has_words_of_its_own() -> None:
    visits = [("usage-call", "call"), ("revisit", "visit"), ("yearly-service", "call")]
    texts = zip(*(written_for(*one, EVERYBODY[0]) for one in visits), strict=True)
    assert all(len({written.text for written in told}) == 3 for told in texts)


def test_a_list_of_customers_with_links_asks_nobody_for_a_command() -> None:
    lists = [(rule, step) for rule in CHECKED.book.rules for step in rule.steps if step.gather]
    told = [(step, sample.context) for rule, step in lists for sample in samples_for(rule, step, SETTINGS)]
    assert {len(context["customers"]) > 0 for _, context in told} == {True}
    for step, context in told:
        linked = [{**one, "url": "https://example.com/act/T"} for one in context["customers"]]
        for locale in LOCALES:
            with_pages = render(TEMPLATES, step.template, locale, "rep", {**context, "customers": linked})
            assert "followup " not in with_pages.text + with_pages.html
            assert "followup " in render(TEMPLATES, step.template, locale, "rep", context).text or not context["more"]
