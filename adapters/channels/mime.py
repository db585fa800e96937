"""Mail as bytes: text and HTML, its pictures, an invitation; one receiver, ready for DATA.

The standard library's EmailMessage costs milliseconds a message, most of it in parsing headers that were just
written; this builder costs well under a tenth of one. A property test holds it to Python's own parser.
"""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache
from hashlib import sha256

from adapters.base import Message
from adapters.channels.headers import mailbox_field, message_id_field, text_field
from adapters.channels.parts import attached, calendar, image, multipart, words

_OURS = frozenset({
    "from", "sender", "to", "cc", "bcc", "reply-to", "subject", "date", "message-id", "mime-version",
    "auto-submitted", "return-path", "received", "dkim-signature",
})


def build(message: Message, from_address: str, from_name: str = "") -> bytes:
    """The whole message with CRLF line ends, the same bytes for the same message every time.

    ASCII, but for the address of a receiver or a rep that is not (RFC 6532).

    ValueError says which part cannot be sent: an address that is not exactly one plain address, a Message-ID
    of the wrong form, an extra header that is one of ours. The error holds no personal data.
    """
    fields = _fields(message, from_address, from_name)
    mark = sha256(message.message_id.encode("utf-8", "replace")).hexdigest()[:32]
    return (fields + _content(message, from_address, mark)).encode()


def _content(message: Message, from_address: str, mark: str) -> str:
    """The plainest form that carries it: text; alternatives; those, and the invitation as a file beside them."""
    forms = [words("plain", message.text, mark)]
    if message.html:
        html = words("html", message.html, mark)
        pictures = [image(one) for one in message.images]
        forms.append(multipart("related", [html, *pictures], f"=_r{mark}") if pictures else html)
    if message.appointment is None or not message.appointment.invite:
        return forms[0] if len(forms) == 1 else multipart("alternative", forms, f"=_a{mark}")
    from adapters.channels.invitation import invitation  # icalendar takes 3 MB, and most mails invite nobody

    event = invitation(message, message.appointment, message.reply_to or from_address)
    forms.append(calendar(event))
    return multipart("mixed", [multipart("alternative", forms, f"=_a{mark}"), attached(event)], f"=_m{mark}")


def _fields(message: Message, from_address: str, from_name: str) -> str:
    fields = [
        mailbox_field("From", from_address, from_name),
        mailbox_field("To", message.address, message.receiver_name),
        text_field("Subject", message.subject),
        _date_field(message.date),
        message_id_field(message.message_id),
        "MIME-Version: 1.0\r\nAuto-Submitted: auto-generated\r\n",
    ]
    if message.reply_to:
        fields.append(mailbox_field("Reply-To", message.reply_to, message.reply_to_name))
    fields += [_extra(name, value) for name, value in message.headers.items()]
    return "".join(fields)


@lru_cache(maxsize=64)
def _date_field(at: int) -> str:
    return f"Date: {format_datetime(datetime.fromtimestamp(at, UTC))}\r\n"


def _extra(name: str, value: str) -> str:
    lowered = name.lower()
    if lowered in _OURS or lowered.startswith(("content-", "resent-")):
        raise ValueError(f"the header {name!r} is written by the channel and cannot be set")
    return text_field(name, value)
