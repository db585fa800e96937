"""How a message lets its customer stop it: fields that mail programs make a button of, and words under the text.

RFC 2369 is List-Unsubscribe, RFC 8058 the one click. The fields say nothing of the customer but a signed link.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from engine.domain.civil import DAY
from engine.domain.links import Link, Purpose, url_of
from engine.domain.words import Audience
from engine.settings.sms_model import SmsGateway
from engine.stages.compose.desk import Desk
from engine.stages.compose.receivers import channels_by
from engine.stages.consent import subject_of
from engine.store.outbox.compose_rows import TouchRow

LINE = "base/unsubscribe"
"""The template of the line: `base/unsubscribe.en.txt.j2` and its like."""
LASTS = 2 * 365 * DAY
"""How long the link of a mail holds. Ours: people look for it in the oldest one they have."""

_END_OF_BODY = re.compile(r"</body\s*>", re.IGNORECASE)


def way_out(touch: TouchRow, row: Mapping[str, Any], desk: Desk, now: int) -> dict[str, Any]:
    """What becomes another of a delivery's row: nothing, unless its customer can stop it.

    Unwritable says why the line cannot be made.
    """
    settings = desk.settings
    stoppable = touch.audience == Audience.LEAD and touch.category not in settings.vocabularies.essential
    channel = settings.channels[row["channel"]]
    if stoppable and isinstance(channel, SmsGateway) and channel.way_out:
        return {"text": f"{row['text'].rstrip()} {channel.way_out}\n"}
    if not stoppable or row["channel"] not in channels_by("email", settings):
        return {}
    by_mail = _by_mail(row)
    if desk.links is None:
        return {"headers": {"List-Unsubscribe": f"<{by_mail}>"}} if by_mail else {}
    subject = subject_of(touch.lead, touch.category)
    url = url_of(desk.links.base_url, Link(Purpose.UNSUBSCRIBE, subject, now + LASTS), desk.links.keys)
    ways = ", ".join(f"<{way}>" for way in (url, by_mail) if way)
    headers = {"List-Unsubscribe": ways, "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    return {"headers": headers, **_line_under(touch, row, url, desk)}


def _by_mail(row: Mapping[str, Any]) -> str:
    """Where a mail program may write instead; "" where no inbox has an address that tells this message."""
    tag = row["message_id"].strip("<>").partition("@")[0]
    return f"mailto:{row['reply_to']}?subject=unsubscribe" if f"+{tag}@" in row["reply_to"] else ""


def _line_under(touch: TouchRow, row: Mapping[str, Any], url: str, desk: Desk) -> dict[str, Any]:
    templates = desk.templates[touch.generation]
    if templates is None:
        return {}
    context = {"unsubscribe_url": url, "company": {"name": desk.settings.company.name}}
    text, html = templates.piece(LINE, desk.material.leads[touch.lead].locale, context)
    below = f"{row['text'].rstrip()}\n\n{text.strip()}\n" if text else row["text"]
    return {"text": below, "html": _at_the_end(row["html"], html)}


def _at_the_end(page: str, line: str) -> str:
    """The line as the last thing of the page's body."""
    if not page or not line:
        return page
    ends = list(_END_OF_BODY.finditer(page))
    place = ends[-1].start() if ends else len(page)
    return f"{page[:place]}{line}{page[place:]}"
