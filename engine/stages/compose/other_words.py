"""Other words: what the same template has for another turn, other temperaments and languages, said to this customer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from engine.rulebook.model import Step
from engine.settings.channel_model import Form
from engine.settings.model import Settings
from engine.stages.compose.desk import Desk, context_for, set_out, write
from engine.stages.compose.environment import Unwritable
from engine.stages.compose.receivers import Receiver, receiver_of
from engine.stages.compose.shelf import Shelf
from engine.stages.compose.templates import TemplateSet, Written, render
from engine.store.database import Connection
from engine.store.outbox import compose_rows
from engine.store.outbox.compose_rows import TouchRow

MOST = 8
OTHER_TURNS = 4
"""How many more of the texts that a template chooses among by `turn` are tried."""


def in_other_turns(touch: TouchRow, said: Written, desk: Desk, form: Form) -> Iterator[Written]:
    """What its template says a turn later, and so on; nothing where it always says the same, or somebody signed it."""
    receiver = receiver_of(touch, desk.material)
    if receiver is None or touch.signed_by is not None:
        return
    for turned in range(1, 1 + OTHER_TURNS):
        try:
            written = write(touch, receiver, desk, form, turned)
        except Unwritable:
            return
        if written.text == said.text:
            return
        yield written


class Words(NamedTuple):
    """A text in that language; `variant` is the temperament, tier or profile that it is written for, or ""."""

    locale: str
    variant: str
    written: Written


def other_words(connection: Connection, shelf: Shelf, settings: Settings, touch_id: int) -> list[Words]:
    """Up to `MOST` different texts, the draft's own among them; those in the customer's language first."""
    desk = set_out(connection, compose_rows.touches_by_id(connection, [touch_id]), shelf, settings)
    found: dict[str, Words] = {}
    for touch in desk.material.touches:
        receiver = receiver_of(touch, desk.material)
        step, templates = desk.steps[touch.id], desk.templates[touch.generation]
        if receiver is None or step is None or templates is None or not desk.knows_lead(touch):
            continue
        for words in _all_of(touch, receiver, step, templates, desk):
            found.setdefault(words.written.text.strip(), words)
    return list(found.values())[:MOST]


def _all_of(touch: TouchRow, receiver: Receiver, step: Step, templates: TemplateSet, desk: Desk) -> Iterator[Words]:
    try:
        context = context_for(touch, receiver, step, desk, desk.summaries)
    except Unwritable:
        return  # its own text could not be written either, which compose has told
    there = sorted(templates.written_for(step.template), key=lambda one: one[0] != receiver.locale)
    for locale, variant in there:
        yield from _words(touch, step.template, templates, context, locale, variant)
    for turn in range(context["turn"] + 1, context["turn"] + 1 + OTHER_TURNS):
        yield from _words(touch, step.template, templates, context | {"turn": turn}, receiver.locale, "")


def _words(
    touch: TouchRow, name: str, templates: TemplateSet, context: dict[str, Any], locale: str, variant: str
) -> Iterator[Words]:
    """Nothing where this text cannot be written for this customer: another one can."""
    variants = (variant,) if variant else ()
    try:
        yield Words(locale, variant, render(templates, name, locale, touch.audience, context, variants))
    except Unwritable:
        return
