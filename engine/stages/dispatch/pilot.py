"""The message as the channel gets it; in a pilot, to the test receiver and saying so."""

from __future__ import annotations

import json
import re

from adapters.base import Appointment, Image, Message
from engine.domain.words import Audience
from engine.store.outbox.deliveries import Due

_BODY = re.compile(r"<body[^>]*>", re.IGNORECASE)


def message_of(due: Due, redirect_to: str = "", images: tuple[Image, ...] = ()) -> Message:
    """The frozen message; with `redirect_to`, to that address, naming by id whom it was meant for.

    The Date is that of writing, so that every attempt is the same message. A test receiver gets no header by which
    his mail program would unsubscribe the customer.
    """
    subject, text, html = due.subject, due.text, due.html
    if redirect_to:
        note = f"[pilot: meant for {_kind(due.audience)}#{due.receiver}]"
        if due.audience == Audience.SYSTEM:
            text = json.dumps({"pilot": note} | json.loads(text), ensure_ascii=False)
            return _message(due, redirect_to, subject, text, html, images)
        subject, text, html = f"{note} {subject}", f"{note}\n\n{text}", _with_note(html, note)
    return _message(due, redirect_to, subject, text, html, images)


def _message(
    due: Due, redirect_to: str, subject: str, text: str, html: str, images: tuple[Image, ...]
) -> Message:
    return Message(
        message_id=due.message_id, address=redirect_to or due.address, subject=subject, text=text, html=html,
        receiver_name="" if redirect_to else due.receiver_name, reply_to=due.reply_to,
        reply_to_name=due.reply_to_name, headers={} if redirect_to else due.headers or {}, date=due.composed_at,
        appointment=Appointment(**due.appointment) if due.appointment else None, images=images,
    )  # fmt: skip


def _kind(audience: str) -> str:
    return audience if audience in (Audience.LEAD, Audience.SYSTEM) else "rep"


def _with_note(html: str, note: str) -> str:
    if not html:
        return ""
    shown = f"<p>{note.replace('&', '&amp;').replace('<', '&lt;')}</p>"
    body = _BODY.search(html)
    place = body.end() if body else 0
    return html[:place] + shown + html[place:]
