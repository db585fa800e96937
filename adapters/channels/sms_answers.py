"""What a gateway's answer means: where its code stands in the JSON, and what each code says.

HTTP 200 is no success, and a code that nobody listed is none either.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from adapters.base import Outcome, Receipt
from adapters.channels.chat import said
from adapters.channels.line import Answer
from adapters.channels.webhook import AGAIN

_NAME = re.compile(r"[A-Za-z0-9_.:^-]{1,64}")
_UNAVAILABLE = 503


class Verdict(NamedTuple):
    """What a code means. `holds`: until `wait` seconds are over nothing else goes to the gateway either."""

    outcome: Outcome
    why: str = ""
    wait: int | None = None
    holds: bool = False


Codes = Mapping[str, Verdict]
"""By code; `AuthFailure.*` stands for all that begin so, `HTTP 201` for an answer that has no code."""


def later(why: str, wait: int) -> Verdict:
    """Of this receiver at present, and of nobody else."""
    return Verdict(Outcome.RETRY, why, wait)


def hold(why: str, wait: int) -> Verdict:
    return Verdict(Outcome.RETRY, why, wait, holds=True)


def never(why: str) -> Verdict:
    return Verdict(Outcome.PERMANENT, why)


ACCEPTED = Verdict(Outcome.ACCEPTED)
RECEIVER = never("the number takes no messages")
CREDENTIAL = never("the gateway does not take our key or signature, or the account may not do this")
REFUSED = never("the gateway refused it")
UNSURE = Verdict(Outcome.UNKNOWN, "the gateway does not know itself whether it went out")


@dataclass(frozen=True)
class Answers:
    """How to read a gateway. Paths are `Response.SendStatusSet.0.Code`: names, and numbers of lists."""

    codes: Codes
    code_at: tuple[str, ...]
    """The first that is there holds the code."""
    id_at: str = ""

    def judged(self, answer: Answer) -> Receipt:
        """The receipt that an answer is."""
        found = said(answer)
        code = next((code for path in self.code_at if (code := _text(_at(found, path)))), "")
        verdict = self._verdict(code, answer.status)
        wait = answer.wait if answer.wait is not None and verdict.outcome is Outcome.RETRY else verdict.wait
        name = code or str(answer.status)
        return Receipt(
            verdict.outcome, name if _NAME.fullmatch(name) else "code", verdict.why, retry_after=wait,
            remote_id=self._remote_id(found) if verdict.outcome is Outcome.ACCEPTED else "",
            enough=verdict.holds,
        )  # fmt: skip

    def _verdict(self, code: str, status: int) -> Verdict:
        if not code:
            return self.codes.get(f"HTTP {status}") or _of_status(status)
        known = self.codes.get(code) or _of_family(self.codes, code)
        if known is None:
            return _of_status(status) if status >= 500 else REFUSED
        success = 200 <= status < 300
        return UNSURE if known.outcome is Outcome.ACCEPTED and not success else known

    def _remote_id(self, found: Mapping[str, Any]) -> str:
        known = _text(_at(found, self.id_at)) if self.id_at else ""
        return known if _NAME.fullmatch(known) else ""


def _of_family(codes: Codes, code: str) -> Verdict | None:
    """What holds for all codes that begin as this one; the longest such beginning tells."""
    families = [name for name in codes if name.endswith("*") and code.startswith(name[:-1])]
    return codes[max(families, key=len)] if families else None


def _of_status(status: int) -> Verdict:
    """An answer without a code. What stands between us and the gateway says 502 or 504 when it lost sight of it."""
    why = f"HTTP {status}"
    if status in AGAIN or status == _UNAVAILABLE:
        return Verdict(Outcome.RETRY, why, holds=True)
    if status in (401, 403):
        return CREDENTIAL
    if 300 <= status < 500:
        return never(why)
    return Verdict(Outcome.UNKNOWN, f"{why} with an answer that has no code")


def _at(found: Any, path: str) -> Any:
    for step in path.split("."):
        if isinstance(found, Mapping):
            found = found.get(step)
        elif isinstance(found, list) and step.isdecimal() and int(step) < len(found):
            found = found[int(step)]
        else:
            return None
    return found


def _text(value: Any) -> str:
    """A code or an id as text, however the gateway writes it; "" for what is none."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str | int) else ""
