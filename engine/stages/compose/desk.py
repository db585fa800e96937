"""Everything a batch of texts is written from: read once, then no database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, TypeVar

from engine.domain.gifts import Given
from engine.domain.spoken import said_in
from engine.domain.words import Action, Audience
from engine.rulebook.model import Step
from engine.settings.channel_model import Form
from engine.settings.model import Settings
from engine.settings.timetable import Timetable
from engine.stages.calendars import calendars_of
from engine.stages.compose.awaited import Awaited, awaited_by, days_left
from engine.stages.compose.chat import from_plain, harmless, with_links
from engine.stages.compose.context import Summaries, context_of, schedule_context, variants_of
from engine.stages.compose.environment import Unwritable, guarded
from engine.stages.compose.gathered import Listed, alone, gathered_context, lists, named_rules
from engine.stages.compose.links import Links, open_label
from engine.stages.compose.notes import is_note, note_text
from engine.stages.compose.notices import notice
from engine.stages.compose.pending import noted_by, pending
from engine.stages.compose.receivers import Receiver, known_zone
from engine.stages.compose.shelf import Shelf
from engine.stages.compose.tasks import task_text, tasks_told
from engine.stages.compose.templates import TemplateSet, Written, for_audience
from engine.stages.digest.collect import Asked, Told, asked, collect
from engine.stages.digest.context import digest_context
from engine.stages.gifts import Offers
from engine.stages.report.context import report_context
from engine.stages.report.mailed import report_to
from engine.stages.report.report import Sources
from engine.store.facts.gifts import gifts_of
from engine.store.lookups.handed import Handed
from engine.store.outbox.compose_rows import LeadRow, Material, RepRow, TouchRow
from engine.store.outbox.to_sign import Noted

_Person = TypeVar("_Person", LeadRow, RepRow)


@dataclass(frozen=True)
class Desk:
    """The rows, steps and templates of one batch. A step or template set that cannot be read any more is None."""

    material: Material
    steps: dict[int, Step | None]
    templates: dict[int, TemplateSet | None]
    summaries: Summaries
    settings: Settings
    told: dict[int, dict[str, Any]]
    lists: dict[int, Listed]
    links: Links | None
    noted: dict[int, Noted]
    """What the notes about drafts tell of."""
    tasks: dict[int, Handed]
    """What the notes tell of that have their rep send something himself."""
    offers: Offers | None
    """Gifts that reminders offer; None: config.yaml has no ideas."""
    given: Mapping[str, tuple[Given, ...]]
    """What the customers of reminders were given, where there are ideas."""
    awaited: Mapping[int, Awaited]
    """What waits for a touch, or for others of its occasion."""
    channel_hours: Timetable | None = None
    """When channels have windows of their own."""
    said: dict[str, Summaries] = field(default_factory=dict)
    """The summaries in one language each, as far as they were asked for."""

    def summaries_in(self, locale: str) -> Summaries:
        """The summaries as a reader of that locale gets them."""
        if locale not in self.said:
            self.said[locale] = said_in(locale, self.summaries)
        return self.said[locale]

    def knows_lead(self, touch: TouchRow) -> bool:
        """Whether the touch's lead is in the book, if it has one."""
        return touch.lead == "" or touch.lead in self.material.leads

    def is_confidential(self, touch: TouchRow) -> bool:
        """Whether it is about a lead of whom few may know. A message about several names none of those."""
        lead = self.material.leads.get(touch.lead)
        return lead is not None and lead.confidential and touch.id not in self.lists


def set_out(connection: Any, material: Material, shelf: Shelf, settings: Settings) -> Desk:
    """Look up the rules and templates of a batch. A zone that does not exist is replaced by the default."""
    material = _in_known_zones(material, settings.defaults.timezone)
    touches = material.touches
    everybody = [*touches, *(one for merged in material.merged.values() for one in merged)]
    steps = {
        touch.id: shelf.step(connection, touch.rule, touch.revision, touch.step) for touch in touches
    }
    told = _told(connection, material, steps)
    named = {(touch.rule, touch.revision) for touch in everybody}
    gathered = {
        touch: replace(one, material=_in_known_zones(one.material, settings.defaults.timezone))
        for touch, one in lists(connection, touches, settings).items()
    }
    named |= named_rules(gathered.values())
    named |= {(line.rule, line.revision) for _, one in told.values() for line in one.lines() if line.rule}
    summaries = {}
    for key in named:
        rule = shelf.rule(connection, *key)
        summaries[key] = rule.summary if rule else ""
    generations = {touch.generation for touch in touches}
    templates = {number: shelf.templates(connection, number) for number in generations}
    digests = {touch: {"digest": digest_context(*one, summaries)} for touch, one in told.items()}
    reports = _reports(connection, material, steps, shelf, settings)
    noted = noted_by(connection, touches)
    hours = Timetable(settings) if settings.channel_windows else None
    return Desk(
        material, steps, templates, summaries, settings, digests | reports, gathered, shelf.links, noted,
        tasks_told(connection, touches), Offers(settings) if settings.gifts.ideas else None,
        _given(connection, touches, settings), awaited_by(connection, material, shelf), hours,
    )  # fmt: skip


def _given(connection: Any, touches: Sequence[TouchRow], settings: Settings) -> Mapping[str, tuple[Given, ...]]:
    reminded = {one.lead for one in touches if one.audience == Audience.REP and one.lead}
    return gifts_of(connection, reminded) if reminded and settings.gifts.ideas else {}


def _told(connection: Any, material: Material, steps: dict[int, Step | None]) -> dict[int, tuple[Asked, Told]]:
    """What the digests of the batch have to tell."""
    digests = [
        asked(touch, step, receiver)
        for touch in material.touches
        if (step := steps[touch.id]) and step.action is Action.DIGEST and touch.lead == "" and step.report is None
        if (receiver := material.reps.get(touch.receiver))
    ]
    found = collect(connection, digests)
    return {one.touch: (one, found[one.touch]) for one in digests}


def _reports(
    connection: Any, material: Material, steps: dict[int, Step | None], shelf: Shelf, settings: Settings
) -> dict[int, dict[str, Any]]:
    """What the reports of the batch have to tell, if there are any."""
    asked_for = [
        (touch, step)
        for touch in material.touches
        if (step := steps[touch.id]) and step.report is not None and touch.receiver in material.reps
    ]
    if not asked_for:
        return {}
    sources, found = Sources(settings, shelf, calendars_of(settings)), {}
    for touch, step in asked_for:
        day = date.fromisoformat(touch.occurs_on or touch.day_on)
        told = report_to(connection, sources, step, touch.receiver, day, touch.due_at)
        found[touch.id] = {"report": report_context(told)}
    return found


def _in_known_zones(material: Material, otherwise: str) -> Material:
    leads = {one.id: _in_known_zone(one, otherwise) for one in material.leads.values()}
    reps = {one.id: _in_known_zone(one, otherwise) for one in material.reps.values()}
    return material._replace(leads=leads, reps=reps)


def _in_known_zone(one: _Person, otherwise: str) -> _Person:
    zone = known_zone(one.timezone, otherwise)
    return one if zone == one.timezone else one._replace(timezone=zone)


def frozen(touch: TouchRow, receiver: Receiver, form: Form) -> Written | None:
    """The text that somebody signed."""
    if touch.signed_by is None or touch.draft_text is None:
        return None
    return _shown(Written(touch.draft_subject or "", touch.draft_text, touch.draft_html or ""), receiver, form)


def _shown(text: Written, receiver: Receiver, form: Form) -> Written:
    if form is Form.MAIL:
        return text
    if form is Form.TEXT:
        return Written(text.subject, text.text)
    return Written(harmless(text.subject), from_plain(text.text, open_label(receiver.locale)))


def write(touch: TouchRow, receiver: Receiver, desk: Desk, form: Form = Form.MAIL, turned: int = 0) -> Written:
    """The touch's text in the receiver's language; Unwritable says why there is none.

    `turned`: how many turns further on in what its template has to say; see context.turn_of.
    """
    if is_note(touch.occurrence_key):
        links = None if form is Form.GROUP else desk.links
        task = task_text(touch, receiver, desk.tasks, desk.settings, links, desk.templates[touch.generation])
        if task is not None:
            return _shown(task, receiver, form)
        links = None if form is Form.GROUP else desk.links  # who opens it signs in the rep's name
        return _shown(note_text(touch, receiver.locale, pending(touch, receiver, desk.noted, links)), receiver, form)
    step, templates = desk.steps[touch.id], desk.templates[touch.generation]
    if step is None or templates is None:
        raise Unwritable(f"step {touch.step} of rule {touch.rule} can no longer be read")
    text = None
    if step.template:
        context = context_for(touch, receiver, step, desk, desk.summaries_in(receiver.locale))
        if turned:
            context |= {"turn": context["turn"] + turned}
        variants = variants_of(desk.material.leads.get(touch.lead))
        if form in (Form.MAIL, Form.TEXT):
            written = templates.render if form is Form.MAIL else templates.as_sms
            text = written(step.template, receiver.locale, for_audience(touch.audience, context), variants)
        else:
            label = open_label(receiver.locale)
            words = templates.in_chat(step.template, receiver.locale, {**context, "links": ()}, variants, label)
            text = Written(words.subject, with_links(words.text, context["links"], form))
    if touch.audience == Audience.SYSTEM:
        return notice(touch, desk.material.leads[touch.lead], text)
    if text is None:
        raise Unwritable(f"step {touch.step} of rule {touch.rule} has no template")
    return text


def context_for(
    touch: TouchRow, receiver: Receiver, step: Step, desk: Desk, summaries: Summaries
) -> dict[str, Any]:
    """What the template may speak of, with the links that its receiver gets; its rules' summaries are these."""
    company = desk.settings.company.name
    if step.gather:
        listed = desk.lists.get(touch.id) or alone(touch, desk.material)
        return guarded(lambda: gathered_context(touch, receiver.name, listed, summaries, company, desk.links))
    if touch.lead:
        context = guarded(lambda: context_of(touch, desk.material, summaries, company))
        if touch.id in desk.awaited:
            left = guarded(lambda: days_left(touch, desk.material.leads[touch.lead], desk.awaited[touch.id]))
            context["occasion"]["days_left"] = left
        if touch.audience == Audience.REP and desk.offers is not None:
            lead, day = desk.material.leads[touch.lead], touch.occurs_on or touch.day_on
            context["gifts"] = desk.offers.to(lead, desk.given.get(lead.id, ()), day)
        if desk.links is not None:
            context["links"] = desk.links.of(touch, receiver.locale, desk.settings)
            context["survey_url"] = desk.links.survey(touch)
        return context
    told = said_in(receiver.locale, desk.told.get(touch.id, {}))
    context = schedule_context(touch, receiver.name, summaries, company, told)
    if desk.links is not None and told:
        context["links"] = desk.links.day(touch, receiver.locale)
    return context
