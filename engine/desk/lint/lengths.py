"""Advice on short messages: texts that would be refused for their length."""

from __future__ import annotations

from collections.abc import Iterator

from adapters.sms_length import segments
from engine.desk.lint.subject import Subject
from engine.desk.tried.renderings import LOCALES
from engine.desk.tried.samples import Sample, samples_for
from engine.domain.words import Action
from engine.ground.errors import Problem
from engine.rulebook.model import Step
from engine.settings.sms_model import SmsChannel, SmsGateway
from engine.stages.compose.environment import Unwritable
from engine.stages.compose.templates import TemplateSet, render_sms


def too_long(subject: Subject) -> Iterator[Problem]:
    """L113: it would be refused as `oversize`, and whoever cannot be reached otherwise would get nothing."""
    templates = TemplateSet(subject.checked.templates)
    for rule, step, placed in subject.steps():
        if not step.template:
            continue
        samples = samples_for(rule, step, subject.settings)
        for name in step.via or subject.settings.defaults.via:
            channel = subject.settings.channels.get(name)
            if not isinstance(channel, SmsChannel):
                continue
            longest = {one: _longest(templates, step, one, samples, channel) for one in LOCALES}
            over = [one for one, parts in longest.items() if parts > channel.max_segments]
            if over:
                parts = longest[over[0]]
                message = f'template "{step.template}" in {over[0]} takes up to {parts} short messages'
                hint = f"{name} sends at most {channel.max_segments}; write or shorten sms.{over[0]}.txt.j2"
                yield placed.advise("template", "L113", message, hint)


def _longest(
    templates: TemplateSet, step: Step, locale: str, samples: tuple[Sample, ...], channel: SmsChannel
) -> int:
    """Short messages for whoever needs most of them; 0 where it cannot be written, which is told elsewhere."""
    audience = "lead" if step.action is Action.GREET else "rep"
    before = f"【{channel.signature}】" if channel.signature else ""
    after = f" {channel.way_out}" if isinstance(channel, SmsGateway) and audience == "lead" else ""
    found = [0]
    for sample in samples:
        try:
            text = render_sms(templates, step.template, locale, audience, sample.context).text
        except Unwritable:
            continue
        found.append(segments(before + text.strip() + after))
    return max(found)
