"""What the mailbox of config.yaml must mean."""

from __future__ import annotations

from collections.abc import Iterator

from engine.settings.inbox_model import ImapInbox
from engine.settings.meaning_feeds import span_mistakes
from engine.settings.meaning_webhooks import REFERENCE_HINT
from engine.settings.model import Settings
from engine.settings.secrets import is_reference
from engine.settings.wording import Location, Mistake, did_you_mean

_DAY = 86_400
_LONGEST_BEFORE_TAG = 31
"""Of the 64 characters that a mailbox name may have (RFC 5321), what `+` and 32 hexadecimal digits leave."""


def inbox_mistakes(settings: Settings) -> Iterator[Mistake]:
    """Every mistake of it."""
    inbox = settings.inbox
    if inbox is None:
        return
    where: Location = ("inbox", inbox.kind)
    if isinstance(inbox, ImapInbox) and not is_reference(inbox.password):
        yield Mistake((*where, "password"), "C115", "a secret must not stand in config.yaml", REFERENCE_HINT)
    yield from span_mistakes((*where, "every"), inbox.every, 60, 3_600, "1m to 1h")
    yield from span_mistakes((*where, "look_back"), inbox.look_back, 0, 60 * _DAY, "0d to 60d")
    yield from span_mistakes((*where, "away"), inbox.away, 0, 30 * _DAY, "0d to 30d")
    replies = settings.vocabularies.reply_outcomes
    for key in ("reply_outcome", "message_outcome"):
        if (word := getattr(inbox, key)) not in replies:
            hint = did_you_mean(word, replies) or "define it under vocabularies"
            yield Mistake((*where, key), "C111", f'there is no reply outcome "{word}"', hint)
    if len(inbox.reply_to.rpartition("@")[0]) > _LONGEST_BEFORE_TAG:
        message = f'"{inbox.reply_to}" leaves no room for a tag'
        yield Mistake((*where, "reply_to"), "C116", message, f"at most {_LONGEST_BEFORE_TAG} characters before the @")
    if not inbox.folders:
        yield Mistake((*where, "folders"), "C104", "inbox.folders names no folder", "write e.g. [INBOX]")
    if inbox.processed_folder in inbox.folders:
        message = f'"{inbox.processed_folder}" is also read; what was taken in must go elsewhere'
        yield Mistake((*where, "processed_folder"), "C113", message)
