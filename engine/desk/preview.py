"""A template's text for one lead, as it would be sent: at its rule's next occasion, or today where there is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from engine.desk.folder import Folder
from engine.desk.preview_schedule import schedule_reading
from engine.desk.prospects import Prospect, View, prospects
from engine.domain.civil import local_date
from engine.domain.discretion import initial
from engine.domain.words import Audience
from engine.ground.errors import FollowupError, UsageError
from engine.rulebook.evaluate import holds
from engine.rulebook.loader import load_rulebook
from engine.rulebook.model import Rule, RuleBook, Step
from engine.rulebook.trigger_kinds import EventTrigger
from engine.rulebook.vocabulary import catalogue_for
from engine.settings.channel_model import Form
from engine.settings.model import Settings
from engine.settings.wording import did_you_mean
from engine.stages.compose.context import context_of, variants_of
from engine.stages.compose.distinct import Alike, Wish, compare
from engine.stages.compose.environment import Unwritable
from engine.stages.compose.gathered import alone, gathered_context
from engine.stages.compose.links import open_label
from engine.stages.compose.templates import TemplateSet, Written, render, render_sms
from engine.stages.gifts import Offers
from engine.stages.plan.receivers import receivers_of
from engine.stages.since_then import paths_of_leads
from engine.store.book import planning
from engine.store.book.planning import LeadRow
from engine.store.conditions.snapshots import load_snapshots
from engine.store.facts.gifts import gifts_of
from engine.store.outbox.compose_rows import CIRCUMSTANCE_MARK, CircumstanceRow, Material, TouchRow, material_of
from engine.store.outbox.compose_rows import LeadRow as LeadOfText

MADE_UP = "preview"
"""The id of an event that is not recorded anywhere."""


class Use(NamedTuple):
    """The step of a rule that a template is written for."""

    rule: Rule
    step: Step


class Previewed(NamedTuple):
    """A text, and the greeting that it is too much like."""

    written: Written
    alike: Alike | None = None


def preview(
    folder: Folder, settings: Settings, view: View, name: str, locale: str = "", variant: str | None = None,
    form: Form = Form.MAIL,
) -> Previewed:  # fmt: skip
    """The text of a template of the folder for the view's lead; "" as locale: the receiver's own.

    `variant` is taken instead of the lead's own ones; "" is the plain text. `form`: as which kind of channel shows it.

    UsageError: there is no such template. FollowupError: it cannot be rendered, and why.
    """
    _must_exist(folder, name)
    book, _ = load_rulebook(folder.rules, catalogue_for(settings, folder.templates))
    use = _use_of(book, name, view)
    if book is not None and use is not None and not use.rule.of_leads:
        reading = schedule_reading(use.rule, use.step, book, view, settings.company.name)
        language = locale or reading.receiver.locale
        return Previewed(_rendered(folder, name, language, "rep", reading.context, view, (), form))
    touch = _touch(use, name, view)
    material = _discreet(_with_event(material_of(view.connection, [touch]), use))
    person = material.leads.get(touch.receiver) or material.reps.get(touch.receiver)
    summaries = {(use.rule.id, use.rule.revision): use.rule.summary} if use else {}
    company = settings.company.name
    if use is not None and use.step.gather:
        context = gathered_context(touch, person.name if person else "", alone(touch, material), summaries, company)
    else:
        context = context_of(touch, material, summaries, company)
        if touch.audience == Audience.REP:
            given = gifts_of(view.connection, [touch.lead])
            lead, day = material.leads[touch.lead], touch.occurs_on or touch.day_on
            context["gifts"] = Offers(settings).to(lead, given.get(lead.id, ()), day)
    wanted = locale or (person.locale if person else settings.defaults.locale)
    variants = variants_of(material.leads.get(touch.lead)) if variant is None else (variant,)
    written = _rendered(folder, name, wanted, touch.audience, context, view, variants, form)
    return Previewed(written, _alike(view, use, touch, written))


def _discreet(material: Material) -> Material:
    """Without what is only between a confidential customer and his rep: a preview is for who writes templates."""
    leads = {ident: _reduced(one) if one.confidential else one for ident, one in material.leads.items()}
    return material._replace(leads=leads)


def _reduced(lead: LeadOfText) -> LeadOfText:
    attrs = {name: "…" if isinstance(value, str) else value for name, value in lead.attrs.items()}
    return lead._replace(name=initial(lead.name), salutation=None, hope=None, account_name=None, attrs=attrs)


def _alike(view: View, use: Use | None, touch: TouchRow, written: Written) -> Alike | None:
    if use is None or use.step.distinct is None:
        return None
    owner = view.lead["owner"]
    wish = Wish(touch, None if owner is None else str(owner), written.text, use.step.distinct)
    return compare(view.connection, [wish])[touch.id].alike


def _rendered(
    folder: Folder, name: str, locale: str, audience: str, context: Mapping[str, Any], view: View,
    variants: Sequence[str], form: Form,
) -> Written:  # fmt: skip
    try:
        return _in_form(TemplateSet(folder.templates), name, locale, audience, context, variants, form)
    except Unwritable as error:
        raise FollowupError(f"{name} cannot be written for {view.lead['id']}: {error}") from error


def _in_form(
    templates: TemplateSet, name: str, locale: str, audience: str, context: Mapping[str, Any],
    variants: Sequence[str], form: Form,
) -> Written:  # fmt: skip
    if form is Form.TEXT:
        return render_sms(templates, name, locale, audience, context, variants)
    if form is Form.MAIL:
        return render(templates, name, locale, audience, context, variants)
    return templates.in_chat(name, locale, context, variants, open_label(locale))


def _must_exist(folder: Folder, name: str) -> None:
    known = tuple(sorted({path.rpartition("/")[0] for path in folder.templates if "/mail." in path}))
    if name not in known:
        hint = did_you_mean(name, known)
        raise UsageError(f'there is no template "{name}"' + (f"; {hint}" if hint else ""))


def _use_of(book: RuleBook | None, name: str, view: View) -> Use | None:
    """The first step that uses it, of a rule that this lead falls under if there is one; none also while the rules
    cannot be read: words can be tried before rules."""
    uses = [Use(rule, step) for rule in (book.rules if book else ()) for step in rule.steps if step.template == name]
    theirs = (use for use in uses if not use.rule.of_leads or _falls_under(use.rule, view))
    return next(theirs, uses[0] if uses else None)


def _falls_under(rule: Rule, view: View) -> bool:
    lead_id = str(view.lead["id"])
    paths = paths_of_leads([rule.segment])
    seen = load_snapshots(view.connection, [lead_id], paths, view.now, circumstances=True)
    return rule.enabled and holds(rule.segment, seen[lead_id])


def _touch(use: Use | None, name: str, view: View) -> TouchRow:
    """The touch that would be written: of the rule's next occasion, else of today."""
    lead = view.lead
    occasion = _next_occasion(use, view)
    audience, receiver = _receiver(use, name, view)
    today = local_date(view.now, str(lead["timezone"]))
    known = {
        "id": 0, "state": "", "rule": use.rule.id if use else "preview", "lead": lead["id"], "anchor": "",
        "step": use.step.id if use else "preview", "receiver": receiver, "audience": audience,
        "category": use.step.category if use else "", "revision": use.rule.revision if use else "",
        "day_on": today.isoformat(), "via": [], "via_index": 0, "occurs_on": today.isoformat(),
    }  # fmt: skip
    if use is not None and occasion is not None:
        known |= _placed(use, occasion, str(lead["timezone"]))
    elif use is not None and isinstance(use.rule.on, EventTrigger):
        known["anchor"] = f"{use.rule.on.kinds[0]}{CIRCUMSTANCE_MARK}{MADE_UP}"
    return TouchRow._make(known.get(field) for field in TouchRow._fields)


def _with_event(material: Material, use: Use | None) -> Material:
    """With a made-up event of the rule's first kind, for a lead to whom none applies."""
    if use is None or not isinstance(use.rule.on, EventTrigger) or material.circumstances:
        return material
    return material._replace(circumstances={MADE_UP: CircumstanceRow(MADE_UP, use.rule.on.kinds[0], "severe")})


def _next_occasion(use: Use | None, view: View) -> Prospect | None:
    if use is None:
        return None
    found = prospects(use.rule, view)
    return next((one for one in found if one.last_due >= view.now), found[-1] if found else None)


def _placed(use: Use, prospect: Prospect, zone: str) -> dict[str, object]:
    """Where that occasion lies, and the day on which the step comes up."""
    occurs, due_at = prospect.candidate.occurs, dict(prospect.dues)[use.step.id]
    return {
        "anchor": prospect.candidate.anchor, "nth": prospect.candidate.nth,
        "occurs_on": occurs.on.isoformat() if occurs.on else None,
        "occurs_at": None if occurs.on else occurs.at, "day_on": local_date(due_at, zone).isoformat(),
    }  # fmt: skip


def _receiver(use: Use | None, name: str, view: View) -> tuple[str, str]:
    """(audience, id): the step's; without one, greetings go to the lead and the rest to his owner."""
    target = use.step.target if use else "lead" if name.startswith("greeting/") else "owner"
    lead = view.lead
    row = LeadRow(*(lead[field] for field in LeadRow._fields))
    found = next(receivers_of(target, row, planning.load_reps(view.connection)))
    return found.audience.value, found.id
