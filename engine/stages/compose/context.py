"""What a text may speak of: plain values, copied from rows, a missing one as ""."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any

from engine.domain.civil import local, local_date
from engine.domain.quotes import shortened
from engine.store.outbox.compose_rows import (
    CircumstanceRow,
    LeadRow,
    Material,
    RecordRow,
    RepRow,
    TouchRow,
    circumstance_of,
    record_of,
)

NOTHING: Mapping[str, Any] = MappingProxyType({})
Summaries = Mapping[tuple[str, str], str]
"""Rules' summaries by (rule, revision)."""
TOLD = ("headline", "instruction", "web")
"""What a warning says for people: in one line, what to do, and where to read more."""
LONGEST_NOTE = 300
"""Characters that a text quotes of the note of the last talk."""


def context_of(
    touch: TouchRow, material: Material, summaries: Summaries, company: str
) -> dict[str, Any]:
    """Every variable of a touch's template, before what its audience must not see is taken out. It has no links yet."""
    lead = material.leads[touch.lead]
    receiver = lead if touch.receiver == lead.id else material.reps.get(touch.receiver)
    return {
        "lead": _lead(lead),
        "rep": _rep(material.reps.get(lead.owner or "")),
        "receiver": {"name": receiver.name if receiver else ""},
        "occasion": _occasion(touch, lead, summaries),
        "touch": {"category": touch.category, "step": touch.step},
        "turn": turn_of(touch, lead),
        "merged": merged_summaries(material.merged.get(touch.id, ()), lead, summaries),
        "company": {"name": company},
        "circumstance": _circumstance(material.circumstances.get(circumstance_of(touch.anchor))),
        "record": _record(material.records.get(record_of(touch.anchor))),
        "links": (), "survey_url": "", "gifts": (),
    }  # fmt: skip


def turn_of(touch: TouchRow, lead: LeadRow) -> int:
    """A number by which a template chooses among its words: drawn from rule and lead, and one more every year."""
    drawn = hashlib.blake2b(f"{touch.rule}:{lead.id}".encode(), digest_size=3).digest()
    return int.from_bytes(drawn) + int(touch.day_on[:4])


def variants_of(lead: LeadRow | None) -> tuple[str, ...]:
    """Whose own texts a lead may get, in the order in which they are looked for: temperament, tier, profile."""
    return () if lead is None else tuple(filter(None, (lead.temperament, lead.tier, lead.profile)))


def schedule_context(
    touch: TouchRow, receiver: str, summaries: Summaries, company: str, told: Mapping[str, Any] = NOTHING
) -> dict[str, Any]:
    """Every variable of the template of a schedule's step, which has no lead; `told`: only a digest or report has."""
    occasion = {
        "rule": touch.rule, "summary": summaries.get((touch.rule, touch.revision), ""),
        "date": touch.occurs_on or touch.day_on,
    }  # fmt: skip
    found: dict[str, Any] = {
        "receiver": {"name": receiver}, "occasion": occasion,
        "touch": {"category": touch.category, "step": touch.step}, "company": {"name": company}, "links": (),
    }  # fmt: skip
    return {**found, **told}


def _lead(lead: LeadRow) -> dict[str, Any]:
    seen = lead.last_contact_at
    return {
        "name": lead.name,
        "salutation": lead.salutation or "",
        "tier": lead.tier or "",
        "grade": lead.grade or "",
        "stage": lead.stage or "",
        "hope": lead.hope or "",
        "temperament": lead.temperament or "",
        "profile": lead.profile or "",
        "region": lead.region or "",
        "account": lead.account_name or "",
        "last_contact": "" if seen is None else local_date(seen, lead.timezone).isoformat(),
        "last_talk": shortened(lead.last_note or "", LONGEST_NOTE),
        "next_step": shortened(lead.next_step or "", LONGEST_NOTE),
        "last_score": "" if lead.last_score is None else lead.last_score,
        "attrs": dict(lead.attrs or {}),
    }


def _rep(rep: RepRow | None) -> dict[str, str]:
    if rep is None:
        return {"name": "", "phone": "", "email": ""}
    return {"name": rep.name, "phone": rep.phone or "", "email": rep.email or ""}


def _occasion(touch: TouchRow, lead: LeadRow, summaries: Summaries) -> dict[str, Any]:
    on = occurs_on(touch, lead)
    days_left = (on - leaves_on(touch, lead)).days if on else 0
    return {
        "rule": touch.rule,
        "summary": summaries.get((touch.rule, touch.revision), ""),
        "date": on.isoformat() if on else "",
        "time": "" if touch.occurs_at is None else f"{local(touch.occurs_at, lead.timezone):%H:%M}",
        "nth": "" if touch.nth is None else touch.nth,
        "days_left": days_left,
    }


def leaves_on(touch: TouchRow, lead: LeadRow) -> date:
    """The civil day in the lead's zone on which its message leaves: what is released late counts from that day."""
    day = date.fromisoformat(touch.day_on)
    return day if touch.released_at is None else max(day, local_date(touch.released_at, lead.timezone))


def occurs_on(touch: TouchRow, lead: LeadRow) -> date | None:
    """The civil date of the touch's occasion, in the lead's zone."""
    if touch.occurs_on:
        return date.fromisoformat(touch.occurs_on)
    return None if touch.occurs_at is None else local_date(touch.occurs_at, lead.timezone)


def merged_summaries(
    touches: Sequence[TouchRow], lead: LeadRow, summaries: Summaries
) -> tuple[dict[str, str], ...]:
    """The touches that became part of another one: rule, its summary, the occasion's date."""
    found = []
    for touch in touches:
        on = occurs_on(touch, lead)
        summary = summaries.get((touch.rule, touch.revision), "")
        found.append({"rule": touch.rule, "summary": summary, "date": on.isoformat() if on else ""})
    return tuple(found)


def _circumstance(found: CircumstanceRow | None) -> dict[str, str]:
    return {} if found is None else happened(found)


def happened(found: CircumstanceRow) -> dict[str, str]:
    """A circumstance as texts speak of it: what a warning does not say is ""."""
    told = {name: str(found.attrs.get(name) or "") for name in TOLD}
    return {"kind": found.kind, "severity": found.severity or ""} | told


def _record(found: RecordRow | None) -> dict[str, str]:
    """`amount` without needless zeros; the currency is that of the house's books."""
    if found is None:
        return {"product": "", "amount": "", "note": ""}
    amount = "" if found.amount is None else f"{found.amount:,.2f}".removesuffix(".00")
    return {"product": found.product or "", "amount": amount, "note": found.note or ""}
