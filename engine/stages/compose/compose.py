"""From released touches to pending deliveries, and from touches to be signed to drafts.

Texts are rendered outside of any transaction; then what still holds is written.

A text that cannot be made is a dead letter and a note to the owner, never half a message.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, NamedTuple

import structlog

from engine.domain.civil import DAY, instant, local
from engine.domain.keys import message_id, said_again, tagged
from engine.domain.post import AT_ONCE
from engine.domain.words import Audience, Touch
from engine.ground.collector import collector_at_rest
from engine.rulebook.model import Step
from engine.settings.channel_model import Form
from engine.settings.model import Settings
from engine.settings.personal_model import Personal
from engine.settings.timetable import Bounds
from engine.stages.compose.desk import Desk, frozen, set_out, write
from engine.stages.compose.distinct import Compared, Wish, compare
from engine.stages.compose.environment import Unwritable
from engine.stages.compose.meetings import appointment_of
from engine.stages.compose.notes import ALIKE, FAILED, note_row
from engine.stages.compose.other_words import in_other_turns
from engine.stages.compose.receivers import Receiver, Way, first_way, receiver_of, tried_channels, usual_ways
from engine.stages.compose.shelf import Shelf
from engine.stages.compose.tasks import task_row
from engine.stages.compose.templates import Written
from engine.stages.compose.way_out import way_out
from engine.store.database import Database
from engine.store.outbox import compose_rows, composed_rows, wordings
from engine.store.outbox.compose_rows import RepRow, TouchRow
from engine.store.outbox.transitions import end_touches, return_merged
from engine.store.parts import WHOLE, Part
from engine.store.turns import waited_turn
from engine.store.wakeup import wake_daemons

KEPT = 30 * DAY
"""How long a greeting that was held back waits for a signature, if it does not expire before; as release does."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Letter:
    """A touch that can be sent: its delivery row and the way it takes."""

    touch: TouchRow
    way: Way
    row: dict[str, Any]
    form: Form = Form.MAIL


@dataclass(frozen=True)
class Draft:
    """A touch that somebody has to sign, and its text. `held`: only because it reads like another one."""

    touch: TouchRow
    written: Written
    held: bool = False
    form: Form = Form.MAIL


@dataclass(frozen=True)
class Stopped:
    """A touch that cannot be sent, and why: no_receiver, no_address, undeliverable, render_error."""

    touch: TouchRow
    reason: str
    detail: str = ""
    way: Way | None = None


def compose(
    db: Database, shelf: Shelf, settings: Settings, now: int, limit: int = 500, part: Part = WHOLE
) -> dict[str, int]:
    """Write up to `limit` touches of a part that have no delivery or draft yet; counts by what became of them.

    Keys: composed, drafts, alike (of the drafts those held back), no_receiver, no_address, undeliverable,
    render_error. Run it again until it gives nothing.
    """
    return dict(compose_batch(db, shelf, settings, now, limit, part).counts)


class Batch(NamedTuple):
    """What became of one batch, and the last touch of it; 0 where there was nothing to write."""

    counts: Counter[str]
    last: int


def compose_batch(
    db: Database, shelf: Shelf, settings: Settings, now: int, limit: int = 500, part: Part = WHOLE, after: int = 0
) -> Batch:
    """The same of those behind a touch: the batch before this one ended with it."""
    with db.reading() as connection:
        desk = set_out(connection, compose_rows.to_write(connection, limit, part, after), shelf, settings)
    touches = desk.material.touches
    if not touches:
        return Batch(Counter(), 0)
    with collector_at_rest():
        results = [_compose_one(touch, desk, now) for touch in touches]
    wishes = list(_wishes(results, desk))
    if not wishes:
        return Batch(_finish(db, results, {}, desk, now), touches[-1].id)
    with waited_turn(db, "greetings"):  # else two daemons could say the same at once
        with db.reading() as connection:
            compared = compare(connection, wishes)
        results = [_held_back(_reworded(one, compared), desk, compared) for one in results]
        return Batch(_finish(db, results, compared, desk, now), touches[-1].id)


def _finish(
    db: Database, results: Sequence[Letter | Draft | Stopped], compared: Mapping[int, Compared], desk: Desk, now: int
) -> Counter[str]:
    return _write(db, [_with_way_out(one, desk, now) for one in results], compared, desk, now)


def _wishes(results: Sequence[Letter | Draft | Stopped], desk: Desk) -> Iterator[Wish]:
    """The greetings among them that must not read like others."""
    for one in results:
        step = desk.steps.get(one.touch.id)
        if one.touch.audience != Audience.LEAD or isinstance(one, Stopped):
            continue  # notes about a greeting have its step, and are none
        if step is not None and step.distinct is not None:
            said = _said(one)
            others = in_other_turns(one.touch, said, desk, one.form)
            yield Wish(one.touch, desk.material.leads[one.touch.lead].owner, said.text, step.distinct, others)


def _said(one: Letter | Draft) -> Written:
    return one.written if isinstance(one, Draft) else Written(one.row["subject"], one.row["text"], one.row["html"])


def _reworded(one: Letter | Draft | Stopped, compared: Mapping[int, Compared]) -> Letter | Draft | Stopped:
    """In the other words that it took, so that it reads like nobody's."""
    found = compared.get(one.touch.id)
    if found is None or found.instead is None or isinstance(one, Stopped):
        return one
    if isinstance(one, Draft):
        return replace(one, written=found.instead)
    said = found.instead
    return replace(one, row=one.row | {"subject": said.subject, "text": said.text, "html": said.html})


def _held_back(
    one: Letter | Draft | Stopped, desk: Desk, compared: Mapping[int, Compared]
) -> Letter | Draft | Stopped:
    """A letter that is too much like another one becomes a draft if its step says so, unless somebody signed it."""
    step, found = desk.steps.get(one.touch.id), compared.get(one.touch.id)
    if not isinstance(one, Letter) or one.touch.signed_by is not None or found is None or found.alike is None:
        return one
    if step is None or step.distinct is None or not step.distinct.holds:
        return one
    return Draft(one.touch, _said(one), held=True)


def _with_way_out(one: Letter | Draft | Stopped, desk: Desk, now: int) -> Letter | Draft | Stopped:
    """Put under a letter how to unsubscribe: last, for it is neither compared nor signed nor edited."""
    if not isinstance(one, Letter):
        return one
    try:
        ways = way_out(one.touch, one.row, desk, now)
        return replace(one, row=one.row | ways) if ways else one
    except Unwritable as error:
        return Stopped(one.touch, "render_error", str(error))


def _compose_one(touch: TouchRow, desk: Desk, now: int) -> Letter | Draft | Stopped:
    receiver = receiver_of(touch, desk.material)
    if receiver is None or not desk.knows_lead(touch):
        return Stopped(touch, "no_receiver")
    way = _way(touch, receiver, desk, now)
    if way.place == len(touch.via):
        return Stopped(touch, "undeliverable" if tried_channels(touch) else "no_address", way=way)
    try:
        form = _form(touch, desk.settings.channels[touch.via[way.place]].form)
        written = frozen(touch, receiver, form) or write(touch, receiver, desk, form)
    except Unwritable as error:
        return Stopped(touch, "render_error", str(error))
    if touch.state == Touch.DRAFT:
        return Draft(touch, written, form=form)
    return Letter(touch, way, _row(touch, receiver, way, written, desk, now), form)


def _way(touch: TouchRow, receiver: Receiver, desk: Desk, now: int) -> Way:
    """The channel that it takes now; one whose own hours open too late is only taken where there is no other."""
    step, hours = desk.steps[touch.id], desk.channel_hours
    last = None if hours is None or (step and step.urgent) else touch.expires_at

    def opens(channel: str) -> bool:
        if hours is None or last is None:
            return True
        bounds = Bounds(_window(touch, step, desk), touch.category, channel)
        return hours.opens_before(last, max(now, touch.due_at), bounds, receiver.timezone)

    owner = _owner(touch, desk) if touch.audience == Audience.LEAD else None
    return first_way(touch, receiver, desk.settings, desk.is_confidential(touch), opens, owner)


def _window(touch: TouchRow, step: Step | None, desk: Desk) -> str:
    defaults = desk.settings.defaults
    usual = defaults.lead_window if touch.audience == Audience.LEAD else defaults.rep_window
    return (step.window if step else "") or usual


def _form(touch: TouchRow, shown: Form) -> Form:
    """A draft is signed as a mail, unless a short message is what goes out first."""
    return Form.MAIL if touch.state == Touch.DRAFT and shown is not Form.TEXT else shown


def _row(
    touch: TouchRow, receiver: Receiver, way: Way, written: Written, desk: Desk, now: int
) -> dict[str, Any]:
    channel = touch.via[way.place]
    step = desk.steps[touch.id]
    owner = _owner(touch, desk) if touch.audience == Audience.LEAD else None
    ident = message_id(said_again(touch.occurrence_key, touch.snoozes), channel, desk.settings.company.domain)
    return {
        "touch": touch.id, "channel": channel, "lead": touch.lead, "rule": touch.rule,
        "category": touch.category, "audience": touch.audience, "receiver": touch.receiver,
        "address": way.address, "message_id": ident,
        "subject": written.subject, "text": written.text, "html": written.html,
        "receiver_name": receiver.name, "reply_to": _reply_to(touch, owner, ident, desk),
        "reply_to_name": owner.name if owner and owner.email else "", "headers": None,
        "appointment": appointment_of(touch, desk),
        "urgent": bool(step and step.urgent) or touch.audience == Audience.SYSTEM, "timezone": receiver.timezone,
        "window": _window(touch, step, desk),
        "run_at": _leaves(touch, step, way.place, receiver, desk.settings), "expires_at": touch.expires_at,
        "composed_at": now,
        "snoozes": touch.snoozes, "gathered": len(listed.members) if (listed := desk.lists.get(touch.id)) else None,
    }  # fmt: skip


def _leaves(touch: TouchRow, step: Step | None, index: int, receiver: Receiver, settings: Settings) -> int:
    """Its hour. What takes the place of something that had to be begun days ahead waits as many days.

    What takes no days of the post keeps to the step's own `at`, however early the post had the step begun.
    """
    configs = [settings.channels.get(name) for name in touch.via[: index + 1]]
    *before, own = (config.post if isinstance(config, Personal) else AT_ONCE for config in configs)
    ahead = max((post.shortest for post in before), default=0)
    if step is None or not step.posts or not touch.occurs_on or own.longest:
        return touch.due_at + ahead * DAY
    day = date.fromisoformat(touch.occurs_on) - timedelta(days=step.at.days_before - ahead)
    return max(touch.due_at, instant(day, local(touch.due_at, receiver.timezone).time(), receiver.timezone))


def _reply_to(touch: TouchRow, owner: RepRow | None, ident: str, desk: Desk) -> str:
    """Where a customer's answer goes: to the inbox if it has an address for that, else to the rep."""
    inbox = desk.settings.inbox
    if inbox is not None and inbox.reply_to and touch.audience == Audience.LEAD:
        return tagged(inbox.reply_to, ident)
    return (owner.email or "") if owner else ""


def _owner(touch: TouchRow, desk: Desk) -> RepRow | None:
    return desk.material.reps.get(desk.material.leads[touch.lead].owner or "")


def _write(
    db: Database, results: list[Letter | Draft | Stopped], compared: Mapping[int, Compared], desk: Desk, now: int
) -> Counter[str]:
    """Store what still holds: a touch that was judged again or withdrawn meanwhile is left alone."""
    with db.writing() as connection:
        told = {touch: listed.ids for touch, listed in desk.lists.items()}
        valid = composed_rows.still_to_write(connection, [result.touch for result in results], told)
        held = [result for result in results if result.touch.id in valid]
        letters = [one for one in held if isinstance(one, Letter)]
        drafts = {one.touch.id: one.written for one in _drafts(held)}
        stopped = [one for one in held if isinstance(one, Stopped)]
        composed_rows.use_channel(connection, list(_taken(held)))
        composed_rows.insert_deliveries(connection, [letter.row for letter in letters], now)
        back = [one for one in _drafts(held) if one.held]
        wordings.lay_out(connection, {one.touch.id: _to_sign(one.touch, desk) for one in back})
        composed_rows.insert_drafts(connection, drafts, now)
        composed_rows.insert_notes(connection, _notes(back, desk, now, ALIKE))
        composed_rows.insert_notes(connection, _tasks(letters, desk, now))
        said = [compared[one] for one in (*(letter.touch.id for letter in letters), *drafts) if one in compared]
        wordings.keep(connection, [(one.said, one.alike.as_json() if one.alike else None) for one in said], now)
        _bury(connection, stopped, desk, now)
        if letters:
            wake_daemons(connection)
    for one in stopped:
        log.warning("touch_dead", touch=one.touch.id, rule=one.touch.rule, reason=one.reason)
    counts = Counter(one.reason for one in stopped)
    return counts + Counter(composed=len(letters), drafts=len(drafts), alike=len(back))


def _taken(held: Sequence[Letter | Draft | Stopped]) -> Iterator[tuple[int, int, Mapping[str, str]]]:
    """The ways that differ from what the book says: the touch, the place in `via`, and all that was passed over."""
    for one in held:
        if isinstance(one, Draft) or one.way is None or one.way.place == one.touch.via_index:
            continue
        yield one.touch.id, one.way.place, (one.touch.passed_over or {}) | one.way.passed_over


def _drafts(held: Sequence[Letter | Draft | Stopped]) -> list[Draft]:
    return [one for one in held if isinstance(one, Draft)]


def _to_sign(touch: TouchRow, desk: Desk) -> tuple[str | None, int]:
    """Whose it is to sign what was held back, and until when (seconds UTC)."""
    last = touch.expires_at if touch.expires_at is not None else touch.due_at + KEPT
    return desk.material.leads[touch.lead].owner, last


def _tasks(letters: Sequence[Letter], desk: Desk, now: int) -> list[dict[str, Any]]:
    """To the reps who send something themselves."""
    to_leads = [one for one in letters if one.touch.audience == Audience.LEAD]
    rows = [
        task_row(one.touch, one.row["channel"], owner, desk.settings, now)
        for one in to_leads
        if (owner := _owner(one.touch, desk)) is not None
    ]
    return [row for row in rows if row is not None]


def _bury(connection: Any, stopped: Sequence[Stopped], desk: Desk, now: int) -> None:
    """Dead letters, with a note to the owner where a text is to blame; what was merged into them returns."""
    for state in (Touch.RELEASED, Touch.DRAFT):
        ends = [(one.touch.id, one.reason) for one in stopped if one.touch.state == state]
        end_touches(connection, Touch.DEAD, ends, now, state)
    return_merged(connection, [one.touch.id for one in stopped], now)
    failed = [one for one in stopped if one.reason == "render_error"]
    composed_rows.insert_notes(connection, _notes(failed, desk, now, FAILED))


def _notes(told_of: Collection[Stopped | Draft], desk: Desk, now: int, what: str) -> list[dict[str, Any]]:
    """To the owner; of what a schedule sends, to its receiver."""
    owners = {lead.id: lead.owner for lead in desk.material.leads.values()}
    return [
        note_row(one.touch, told, usual_ways(desk.material.reps[told], desk.settings), now, what)
        for one in told_of
        if (told := (owners.get(one.touch.lead) if one.touch.lead else one.touch.receiver) or "") in desk.material.reps
    ]
