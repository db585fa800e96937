"""A made-up list of customers to tell of in one message: for each kind of event a full one, and one with one name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from engine.rulebook.model import Rule
from engine.settings.model import Settings
from engine.stages.compose.gathered import Listed, gathered_context
from engine.store.outbox.compose_rows import CircumstanceRow, LeadRow, Material, RepRow, TouchRow
from engine.store.outbox.gathered import Member

_ATTRS = {"headline": "Water over the dyke", "instruction": "Go to higher ground.", "web": "https://warnings.example/7"}


def gathered_samples(
    rule: Rule, touch: TouchRow, people: Sequence[LeadRow], kinds: Sequence[str], settings: Settings
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """`people`: one of whom everything is known, one who is confidential, one of whom hardly anything is."""
    for kind in kinds:
        severe = CircumstanceRow("sample", kind, "severe", _ATTRS)
        listed = _listed(people, touch, severe, unnamed=1)
        yield f"several customers at once ({kind})" if kind else "several customers at once", _context(
            rule, touch, listed, settings
        )
    bare = _listed(people[-1:], touch, CircumstanceRow("sample", kinds[0], None), unnamed=0)
    yield "one customer of whom only the name is known", _context(rule, touch, bare, settings)


def _listed(people: Sequence[LeadRow], touch: TouchRow, circumstance: CircumstanceRow, unnamed: int) -> Listed:
    touches = [touch._replace(id=n, lead=lead.id) for n, lead in enumerate(people, 1)]
    told = [Member(n, 1, lead.id, touch.anchor, lead.key, lead.tier, lead.confidential)
            for n, lead in enumerate(people, 1)]  # fmt: skip
    told += [Member(100 + n, 1, "other", touch.anchor, False, None, False) for n in range(unnamed)]
    owner = RepRow("li", "李雷", "li@example.com", None, None, None, people[0].timezone, people[0].locale)
    known = {circumstance.id: circumstance} if circumstance.kind else {}
    merged = {1: [touch]} if unnamed else {}
    material = Material(touches, {lead.id: lead for lead in people}, {owner.id: owner}, known, merged)
    return Listed(tuple(told), material, known)


def _context(rule: Rule, touch: TouchRow, listed: Listed, settings: Settings) -> Mapping[str, Any]:
    summaries = {(rule.id, rule.revision): rule.summary}
    return gathered_context(touch, "李雷", listed, summaries, settings.company.name)
