"""Advice on templates: languages that are missing, and texts that cannot be written for some customers."""

from __future__ import annotations

from collections.abc import Iterator

from engine.desk.lint.subject import Placed, Subject
from engine.desk.tried.renderings import LOCALES, failures
from engine.domain.words import Action
from engine.ground.errors import Problem
from engine.rulebook.model import Rule, Step
from engine.rulebook.reading import listed
from engine.stages.compose.templates import MAIL, TemplateSet


def languages(subject: Subject) -> Iterator[Problem]:
    """L108: whoever reads another language gets the nearest one, or English."""
    for _, step, placed in _first_uses(subject):
        for kind in ("txt", "html", "md", "sms"):
            there = [locale for locale in LOCALES if _path(step.template, locale, kind) in subject.checked.templates]
            missing = [locale for locale in LOCALES if locale not in there]
            if missing and (there or kind == "txt"):
                message = f'template "{step.template}" has no {kind} in {listed(missing, "and")}'
                hint = f"write {_path(step.template, missing[0], kind)}"
                yield placed.advise("template", "L108", message, hint)


def variants(subject: Subject) -> Iterator[Problem]:
    """L112: words of their own for some customers, but not in each language and format that the template has."""
    for _, step, placed in _first_uses(subject):
        found = [one for one in map(MAIL.fullmatch, subject.checked.templates) if one and one["name"] == step.template]
        plain = {(one["locale"], one["format"]) for one in found if one["variant"] is None}
        for variant in sorted({str(one["variant"]) for one in found} - {"None"}):
            own = {(one["locale"], one["format"]) for one in found if one["variant"] == variant}
            missing = [f"{locale} {kind}" for locale, kind in sorted(plain - own)]
            if missing:
                message = f'template "{step.template}" has words for {variant}, and not in {listed(missing, "and")}'
                locale, _, kind = missing[0].partition(" ")
                hint = f"write {step.template}/mail.{locale}.{variant}.{kind}.j2"
                yield placed.advise("template", "L112", message, hint)


def _path(template: str, locale: str, kind: str) -> str:
    return f"{template}/sms.{locale}.txt.j2" if kind == "sms" else f"{template}/mail.{locale}.{kind}.j2"


def _first_uses(subject: Subject) -> Iterator[tuple[Rule, Step, Placed]]:
    """Each template once for customers and once for colleagues: they see different things."""
    seen: set[tuple[str, Action]] = set()
    for rule, step, placed in subject.steps():
        if step.template and (step.template, step.action) not in seen:
            seen.add((step.template, step.action))
            yield rule, step, placed


def renderings(subject: Subject) -> Iterator[Problem]:
    """L109: texts that cannot be written for some made-up customer, in each language and variant."""
    templates = TemplateSet(subject.checked.templates)
    for rule, step, placed in _first_uses(subject):
        for failed in failures(templates, rule, step, subject.settings):
            which = f"{failed.locale} for {failed.variant}" if failed.variant else failed.locale
            message = f'template "{step.template}" in {which} cannot be written for {failed.sample}: {failed.why}'
            yield placed.advise("template", "L109", message, "test for it with {% if %} or give a default")
