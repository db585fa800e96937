"""How many days are left until what waits for a warning is done: a warning that leaves late tells of the later day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from engine.domain.civil import local_date
from engine.domain.words import TOUCH_OPEN
from engine.rulebook.model import Step
from engine.stages.compose.context import leaves_on, occurs_on
from engine.stages.compose.shelf import Shelf
from engine.store.book.needed import NeededRow, touches_of_steps
from engine.store.outbox.compose_rows import LeadRow, Material, TouchRow


class Awaited(NamedTuple):
    """What waits for a touch, or for others of its occasion: the days of notice, and when it is due, if known."""

    notice: int
    due_at: int | None


def awaited_by(connection: Any, material: Material, shelf: Shelf) -> Mapping[int, Awaited]:
    """By touch, of those whose rule has a step that waits for others."""
    found = list(_waiting(connection, material, shelf))
    if not found:
        return {}
    rows = touches_of_steps(
        connection, {touch.lead for touch, _ in found}, {touch.rule for touch, _ in found},
        {step.id for _, steps in found for step in steps},
    )  # fmt: skip
    return {touch.id: Awaited(_notice(touch, steps), _due_at(touch, steps, rows)) for touch, steps in found}


def days_left(touch: TouchRow, lead: LeadRow, awaited: Awaited) -> int:
    """Until that is done; where it is not in the book yet, until the occasion, or as long as the notice given."""
    day = leaves_on(touch, lead)
    on = occurs_on(touch, lead) if awaited.due_at is None else local_date(awaited.due_at, lead.timezone)
    return max(((on or day) - day).days, awaited.notice)


def _waiting(connection: Any, material: Material, shelf: Shelf) -> Iterator[tuple[TouchRow, Sequence[Step]]]:
    for touch in material.touches:
        rule = shelf.rule(connection, touch.rule, touch.revision) if touch.lead in material.leads else None
        steps = [step for step in rule.steps if step.needs and step.id != touch.step] if rule else []
        if steps:
            yield touch, steps


def _notice(touch: TouchRow, steps: Sequence[Step]) -> int:
    return max((span.days for step in steps for name, span in step.needs if name == touch.step), default=0)


def _due_at(touch: TouchRow, steps: Sequence[Step], rows: Sequence[NeededRow]) -> int | None:
    """When the first of them is due that is still to come."""
    names, occasion = {step.id for step in steps}, (touch.rule, touch.lead, touch.anchor)
    mine = (row for row in rows if row.step in names and (row.rule, row.lead, row.anchor) == occasion)
    return min((row.due_at for row in mine if row.state in TOUCH_OPEN), default=None)
