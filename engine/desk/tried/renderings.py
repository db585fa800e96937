"""Every language and variant of every text, tried on made-up people: for whom it cannot be written, and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.desk.folder import Checked
from engine.desk.tried.samples import samples_for
from engine.domain.words import Action
from engine.ground.errors import Problem
from engine.rulebook.model import Rule, Step
from engine.settings.model import Settings
from engine.stages.compose.environment import Unwritable
from engine.stages.compose.problems import ROOT
from engine.stages.compose.templates import TemplateSet, render, render_sms

LOCALES = ("zh-Hans", "zh-Hant", "en")
"""The languages that customers are written to."""


@dataclass(frozen=True)
class Failed:
    """A text that cannot be written: in which language and variant, for whom first, and whether for all of them."""

    locale: str
    variant: str
    sample: str
    why: Unwritable
    for_everybody: bool


def failures(templates: TemplateSet, rule: Rule, step: Step, settings: Settings) -> Iterator[Failed]:
    """The step's texts that somebody cannot be written."""
    samples = samples_for(rule, step, settings)
    audience = "lead" if step.action is Action.GREET else "rep"
    for locale, variant in templates.written_for(step.template):
        failed = []
        for sample in samples if locale in LOCALES else ():
            try:
                render(templates, step.template, locale, audience, sample.context, (variant,))
                if templates.has_sms(step.template):
                    render_sms(templates, step.template, locale, audience, sample.context, (variant,))
                if audience == "rep" and templates.speaks_chat(step.template):
                    templates.in_chat(step.template, locale, {**sample.context, "links": ()}, (variant,), "")
            except Unwritable as error:
                failed.append((sample.name, error))
        if failed:
            yield Failed(locale, variant, *failed[0], for_everybody=len(failed) == len(samples))


def never_written(settings: Settings, checked: Checked) -> tuple[Problem, ...]:
    """T105: texts that can be written for nobody at all, each mistake once, at its place."""
    templates = TemplateSet(checked.templates)
    steps = {(step.template, step.action): (rule, step) for rule in checked.book.rules for step in rule.steps}
    found = {
        Problem(ROOT + failed.why.file, failed.why.line, 1, "T105", f"this can be written for nobody: {failed.why.why}")
        for (template, _), pair in steps.items() if template
        for failed in failures(templates, *pair, settings) if failed.for_everybody
    }  # fmt: skip
    return tuple(sorted(found))
