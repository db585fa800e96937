"""Names that must exist: leads, reps and words. What does not is refused in one line, with the nearest that does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.domain.cells import quoted
from engine.ground.errors import UsageError
from engine.settings.wording import did_you_mean
from engine.store.database import Connection
from engine.store.lookups.customers import is_rep, lead_by_id, nearest_lead, nearest_rep


def known_lead(connection: Connection, lead_id: str, *, erased_too: bool = False) -> Mapping[str, Any]:
    """The lead of that id with all its columns. UsageError: there is none, or only keys and counts are left of him."""
    row = lead_by_id(connection, lead_id)
    if row is None:
        raise UsageError(_nobody("lead", lead_id, nearest_lead(connection, lead_id), "followup lead find TEXT"))
    if row["erased_at"] is not None and not erased_too:
        raise UsageError(erased_line(lead_id))
    return row


def erased_line(lead_id: str) -> str:
    """What is said to whoever brings news of an erased lead."""
    again = f"followup lead restrict {lead_id} --lift"
    return f"{lead_id} was erased: nothing is put down about him; to let him in again: {again}"


def known_rep(connection: Connection, rep_id: str) -> str:
    """That id, if a rep has it; else UsageError."""
    if not is_rep(connection, rep_id):
        raise UsageError(_nobody("rep", rep_id, nearest_rep(connection, rep_id), "followup import reps FILE"))
    return rep_id


def known_word(what: str, word: str, words: Sequence[str], look: str = "") -> str:
    """That word, if it is one of them; else UsageError. `look` is the command that lists them."""
    if word in words:
        return word
    hint = did_you_mean(word, tuple(words)) or (f"see: {look}" if look else "")
    raise UsageError(f"unknown {what} {quoted(word)}" + (f"; {hint}" if hint else ""))


def _nobody(what: str, ident: str, near: str | None, look: str) -> str:
    hint = f'did you mean "{near}"?' if near else f"see: {look}"
    return f"there is no {what} {quoted(ident)}; {hint}"
