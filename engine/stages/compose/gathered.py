"""The text of one message about several customers: the list of them, and what has happened to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.domain.civil import local_date
from engine.domain.discretion import initial
from engine.domain.regions.divisions import path_of
from engine.settings.model import Settings
from engine.stages.compose.context import TOLD, Summaries, happened, merged_summaries
from engine.stages.compose.links import Links
from engine.store.outbox import compose_rows, gathered
from engine.store.outbox.compose_rows import CircumstanceRow, LeadRow, Material, TouchRow, circumstance_of
from engine.store.outbox.gathered import Member

MOST = 50
"""Customers that one message names; of the others it says how many they are."""


@dataclass(frozen=True)
class Listed:
    """What one message tells of. `material` has the touches and people that it names, and all the circumstances."""

    members: tuple[Member, ...]
    material: Material
    circumstances: Mapping[str, CircumstanceRow]

    @property
    def ids(self) -> frozenset[int]:
        """The touches that it tells of."""
        return frozenset(one.id for one in self.members)


def lists(connection: Any, touches: Iterable[TouchRow], settings: Settings) -> dict[int, Listed]:
    """What each of the touches whose messages tell of several has to tell. Some statements, however many they are."""
    found = gathered.members(connection, [one.id for one in touches if one.gathered and one.carried_by == one.id])
    if not found:
        return {}
    ranked = {carrier: in_order(ones, settings) for carrier, ones in found.items()}
    named = [one.id for ones in ranked.values() for one in ones[:MOST]]
    material = compose_rows.touches_by_id(connection, named)
    events = {circumstance_of(one.anchor) for ones in ranked.values() for one in ones} - {""}
    circumstances = compose_rows.circumstances(connection, events)
    return {carrier: Listed(tuple(ones), material, circumstances) for carrier, ones in ranked.items()}


def in_order(members: Iterable[Member], settings: Settings) -> list[Member]:
    """Key customers first, then by tier in the order of config.yaml, then by id.

    Who is confidential stands behind the key customers, key or not, so that his place tells nothing of him.
    """
    tiers = {tier: place for place, tier in enumerate(settings.vocabularies.tiers)}

    def place(one: Member) -> tuple[object, ...]:
        tier = tiers.get(one.tier or "", len(tiers))
        if one.confidential:
            return 1, 0, one.lead, one.id
        return 0 if one.key else 2, tier, one.lead, one.id

    return sorted(members, key=place)


def gathered_context(
    touch: TouchRow, receiver: str, listed: Listed, summaries: Summaries, company: str, links: Links | None = None
) -> dict[str, Any]:
    """Every variable of its template. `count` is of all customers, `more` of those that are not named.

    Each customer has a link of his own (`url`, "" without `links`): what is told of several is answered one by one.
    """
    touches = {one.id: one for one in listed.material.touches}
    named = [(one, touches[one.id]) for one in listed.members[:MOST] if one.id in touches]
    customers = tuple(
        {**_customer(member, row, listed, summaries), "url": links.url(row) if links else ""} for member, row in named
    )
    return {
        "receiver": {"name": receiver},
        "occasion": {
            "rule": touch.rule, "summary": summaries.get((touch.rule, touch.revision), ""), "date": touch.day_on,
        },
        "touch": {"category": touch.category, "step": touch.step}, "company": {"name": company},
        "customers": customers, "count": len(listed.members), "more": len(listed.members) - len(customers),
        "circumstances": _circumstances(listed), "links": (),
    }  # fmt: skip


def _circumstances(listed: Listed) -> tuple[dict[str, Any], ...]:
    """What has happened, the most customers first; each kind with the same words once."""
    told = (_happened(listed.circumstances.get(circumstance_of(one.anchor))) for one in listed.members)
    counts = Counter(tuple(sorted(one.items())) for one in told if one["kind"])
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple({**dict(words), "count": count} for words, count in ranked)


def _happened(found: CircumstanceRow | None) -> dict[str, str]:
    return happened(found) if found else dict.fromkeys(("kind", "severity", *TOLD), "")


def _customer(member: Member, touch: TouchRow, listed: Listed, summaries: Summaries) -> dict[str, Any]:
    """One line of the list. Of who is confidential, no more than the initial, his rep and what has happened."""
    lead = listed.material.leads[member.lead]
    happened = _happened(listed.circumstances.get(circumstance_of(member.anchor)))
    owner = listed.material.reps.get(lead.owner or "")
    told = _hidden(lead) if member.confidential else _open(lead, listed.material, touch, summaries)
    return {"id": lead.id, "owner": owner.name if owner else "", **happened, **told}


def _hidden(lead: LeadRow) -> dict[str, Any]:
    nothing = dict.fromkeys(("salutation", "tier", "phone", "last_contact", "region", "account"), "")
    return {**nothing, "name": initial(lead.name), "key": False, "confidential": True, "merged": ()}


def _open(lead: LeadRow, material: Material, touch: TouchRow, summaries: Summaries) -> dict[str, Any]:
    seen = lead.last_contact_at
    return {
        "name": lead.name, "key": lead.key, "salutation": lead.salutation or "", "tier": lead.tier or "",
        "phone": lead.phone or "",
        "last_contact": "" if seen is None else local_date(seen, lead.timezone).isoformat(),
        "region": region_in_words(lead.region or ""), "account": lead.account_name or "", "confidential": False,
        "merged": merged_summaries(material.merged.get(touch.id, ()), lead, summaries),
    }  # fmt: skip


def region_in_words(code: str) -> str:
    """`成都市锦江区` for 510104; a code that is none of China's, as it stands."""
    return path_of(code) or code


def alone(touch: TouchRow, material: Material) -> Listed:
    """The list that tells of this one touch only."""
    lead = material.leads[touch.lead]
    member = Member(touch.id, touch.id, lead.id, touch.anchor, lead.key, lead.tier, lead.confidential)
    return Listed((member,), material, material.circumstances)


def named_rules(lists: Iterable[Listed]) -> set[tuple[str, str]]:
    """The rules, by (id, revision), of what became part of these messages."""
    return {
        (one.rule, one.revision)
        for listed in lists for merged in listed.material.merged.values() for one in merged
    }  # fmt: skip
