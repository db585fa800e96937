"""Letters as they come in: answers, absences, returned mail, written out as mail programs and servers write them."""

from __future__ import annotations

from adapters.inbox.letters import Letter, read_letter

WANG = "Wang Fang <wang@example.com>"
INBOX = "care@example.com"


def mail(body: str, *fields: str, sender: str = WANG, subject: str = "Re: Hello", ident: str = "a1@mx") -> bytes:
    """A letter with these fields besides the usual ones."""
    head = [f"From: {sender}", f"To: {INBOX}", f"Subject: {subject}", f"Message-ID: <{ident}>", *fields]
    if not any(field.lower().startswith("content-type") for field in fields):
        head.append("Content-Type: text/plain; charset=utf-8")
    return ("\r\n".join(head) + "\r\n\r\n" + body).encode()


def answer(to: str, body: str = "Thank you, call me on Friday.\n", *fields: str, **more: str) -> bytes:
    """An answer to the message of that Message-ID."""
    return mail(body, f"In-Reply-To: {to}", f"References: <0@elsewhere.example> {to}", *fields, **more)


def absence(to: str, body: str = "I am out of the office until 3 March 2026.\n", **more: str) -> bytes:
    """What an absence assistant answers."""
    return answer(to, body, "Auto-Submitted: auto-replied", subject="Automatic reply: Hello", **more)


def bounce(
    to: str, status: str = "5.1.1", action: str = "failed", address: str = "wang@example.com", ident: str = "b1@mx"
) -> bytes:
    """A delivery status report of RFC 3464 about the message of that Message-ID."""
    return f"""\
Return-Path: <>
From: Mail Delivery System <MAILER-DAEMON@mx.example>
To: {INBOX}
Subject: Undelivered Mail Returned to Sender
Message-ID: <{ident}>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=b"

--=b
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.

--=b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; {address}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} said the other server

--=b
Content-Type: message/rfc822

From: {INBOX}
To: {address}
Subject: Hello
Message-ID: {to}

Hello.

--=b--
""".encode()


def received(raw: bytes, at: int, place: str = "INBOX 1") -> Letter:
    """As the mailbox hands it over."""
    return read_letter(raw, place, at)
