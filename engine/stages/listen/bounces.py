"""Returned mail: delivery status reports (RFC 3464), and what servers write that do not know the standard."""

from __future__ import annotations

import re

from adapters.inbox.letters import Letter
from engine.stages.listen.kinds import Bounce

_MACHINES = re.compile(
    r"(?:mailer-?daemon|postmaster|mail-?(?:system|server|delivery|admin)|mdaemon|maildelivery|bounces?|sys(?:tem)?admin)"
    r"(?:[+\-_.][^@]*)?@",
    re.IGNORECASE,
)
_FAILED = re.compile(
    r"undeliver|failure notice|delivery (?:has )?(?:fail|status)|returned mail|mail delivery (?:fail|system)"
    r"|could not be delivered|not delivered|returned to sender|delivery (?:delayed|incomplete)"
    r"|退信|退回|投递失败|发送失败|未送达|無法投遞|無法傳遞|无法送达|無法送達|无法投递|未能送达",
    re.IGNORECASE,
)
_ENHANCED = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_REPLY = re.compile(r"(?<![\d.])([45][0-5]\d)(?=[\s:-]|$)")
_NOBODY_THERE = re.compile(
    r"no such (?:user|person|recipient|mailbox)|user (?:unknown|not found|doesn't exist|does not exist)|unknown user"
    r"|(?:mailbox|recipient|account|address) (?:unavailable|not found|unknown|rejected|disabled|does not exist)"
    r"|not exist|host (?:unknown|or domain name not found)"
    r"|用户不存在|帐户不存在|帐号不存在|账号不存在|邮箱不存在|收件人不存在|地址不存在|不存在的|收件人地址错误|域名不存在",
    re.IGNORECASE,
)
_DELAYED = re.compile(
    r"delayed|will (?:keep trying|be retried|retry)|still being retried|延迟|延遲|继续尝试|将重试", re.IGNORECASE
)
_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\-]{1,64}@[A-Za-z0-9.\-]{1,253}\.[A-Za-z]{2,63}")
_READ = 20_000
"""Characters of a bounce's text that are looked through."""


def is_report(letter: Letter) -> bool:
    """Whether it is a report of any kind in the standard form: a machine's, about one message."""
    return letter.content_type == "multipart/report"


def bounce_of(letter: Letter) -> Bounce | None:
    """What came back, and why; None if nothing did."""
    if letter.status:
        return _of_status(letter)
    null_sender = letter.headers.get("return-path", "").strip() == "<>"
    machine = bool(_MACHINES.match(letter.sender)) or "x-failed-recipients" in letter.headers
    says_so = _FAILED.search(letter.subject) or _FAILED.search(letter.text[:_READ])
    if not says_so or not (machine or (null_sender and letter.report_type != "disposition-notification")):
        return None
    return _of_text(letter)


def _of_status(letter: Letter) -> Bounce | None:
    """By the fields of the first receiver who did not get it; RFC 3464 section 2.3."""
    for block in letter.status:
        action = block.get("action", "").lower().split(" ")[0].strip(";")
        status = _ENHANCED.search(block.get("status", ""))
        if action not in ("failed", "delayed") and not (status and not action):
            continue
        diagnostic = block.get("diagnostic-code", "")
        code = _closest(status[1] if status else "", diagnostic)
        if code.startswith("2"):
            continue
        address = block.get("original-recipient") or block.get("final-recipient") or letter.headers.get(
            "x-failed-recipients", ""
        )  # fmt: skip
        return Bounce(_address(address), action != "delayed" and code.startswith("5"), code)
    return None


def _closest(status: str, diagnostic: str) -> str:
    """`5.0.0` says nothing; the far side's own words often say more."""
    said = _ENHANCED.search(diagnostic)
    reply = _REPLY.search(f"{diagnostic} ")
    if status and not status.endswith(".0.0"):
        return status
    if said:
        return said[1]
    if status:
        return f"{status[0]}.1.1" if status[0] == "5" and _NOBODY_THERE.search(diagnostic) else status
    return reply[1] if reply else "5.0.0"


def _of_text(letter: Letter) -> Bounce:
    """By the first status code in its words; without any, by what they say."""
    text = f"{letter.subject}\n{letter.text[:_READ]}"
    enhanced, reply = _ENHANCED.search(text), _REPLY.search(text)
    code = enhanced[1] if enhanced else reply[1] if reply else ""
    if not code or (code.startswith("5") and code.endswith(".0.0")) or (len(code) == 3 and code[0] == "5"):
        code = "5.1.1" if _NOBODY_THERE.search(text) else code or "4.0.0"
    permanent = code.startswith("5") and not (_DELAYED.search(letter.subject) and "failed" not in text.lower())
    address = _address(letter.headers.get("x-failed-recipients", "")) or _named(letter)
    return Bounce(address, permanent, code)


def _address(field: str) -> str:
    """Of `rfc822;li@example.com`."""
    found = _ADDRESS.search(field.rpartition(";")[2])
    return found[0].lower() if found else ""


def _named(letter: Letter) -> str:
    """The first address that its words name and that is neither the machine's nor the one it wrote to."""
    known = {letter.sender, *letter.to}
    for match in _ADDRESS.finditer(letter.text[:_READ]):
        address = match[0].lower().strip(".")
        if address not in known and not _MACHINES.match(address):
            return address
    return ""
