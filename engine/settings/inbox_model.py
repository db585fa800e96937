"""The mailbox of config.yaml that customers' answers come to."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class _Inbox(BaseModel):
    """What holds for every kind of mailbox."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    folders: tuple[str, ...] = ("INBOX",)
    """Folders that are read; returned mail often lies in one for junk."""
    processed_folder: str = ""
    """Where letters go that were taken in. Empty: they stay where they are, and nothing is changed in the mailbox."""
    every: str = "1m"
    """How often it is read, 1m to 1h."""
    look_back: str = "7d"
    """How far back the first reading goes, 0d to 60d."""
    addresses: tuple[str, ...] = ()
    """Our own addresses besides the `from_address` of channels: what comes from them is a copy of ours."""
    reply_to: str = ""
    """Its address, if customers are to answer to it: each message names it with a tag of its own. Empty: to the rep."""
    away: str = "3d"
    """How long a customer is away whose mail program does not say until when, 0d to 30d."""
    reply_outcome: str = "replied"
    """The outcome of the interaction that an answer to our mail is."""
    message_outcome: str = "messaged"
    """That of a customer's letter that answers nothing."""
    keep_text: bool = False
    """Whether the words of a letter become the note of its interaction."""


class ImapInbox(_Inbox):
    """A mailbox behind IMAP."""

    kind: Literal["imap"]
    host: str
    port: Annotated[int, Field(ge=1, le=65535)] = 993
    security: Literal["none", "starttls", "tls"] = "tls"
    username: str
    password: str
    """A reference: env:, file: or cred:."""
    timeout: Annotated[float, Field(gt=0, le=300)] = 30.0


class MaildirInbox(_Inbox):
    """A folder of files that a local mail server or `mbsync` fills."""

    kind: Literal["maildir"]
    path: str
    """Relative to config.yaml."""


Inbox = Annotated[ImapInbox | MaildirInbox, Field(discriminator="kind")]
