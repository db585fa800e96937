"""The invariants of delivery (docs/delivery.md), each as what breaks it. Pure: facts in, offenders out."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import NamedTuple

from tests.soak.facts import Event, Facts
from tests.soak.writers import Told

LIVE = ("pending", "claimed", "sending")
DONE = ("delivered", "bounced", "dead", "suppressed", "merged", "superseded", "expired", "cancelled")
"""States in which a touch ends; all but `delivered` and `superseded` say why."""
_FINAL = ("sent", "failed", "expired", "suppressed")
_RULES = ("welcome", "season", "introduction")
"""Those that concern every customer."""


class Owed(NamedTuple):
    """What was promised to whoever wrote, and the customers who were there from the beginning."""

    leads: list[str]
    told: Told


class Checked(NamedTuple):
    """An invariant and what breaks it."""

    name: str
    words: str
    offenders: list[str]


Check = Callable[[Facts, Owed], Iterator[str]]


def check(facts: Facts, owed: Owed) -> list[Checked]:
    """Every invariant, in order."""
    return [Checked(name, words, list(work(facts, owed))) for name, words, work in INVARIANTS]


def duplicates(facts: Facts, _: Owed) -> Iterator[str]:
    copies = facts.copies
    by_touch = Counter({one.touch: 0 for one in facts.deliveries})
    for one in facts.deliveries:
        if one.audience == "lead":
            by_touch[one.touch] += copies[one.id]
    yield from (f"touch {touch}: {n} copies" for touch, n in by_touch.items() if n > 1)


def false_sent(facts: Facts, _: Owed) -> Iterator[str]:
    copies = facts.copies
    yield from (f"delivery {one.id}" for one in facts.deliveries if one.state == "sent" and not copies[one.id])


def unknown_mail(facts: Facts, _: Owed) -> Iterator[str]:
    """What arrived and nobody wrote down."""
    known = {(one.message_id, one.address) for one in facts.deliveries}
    yield from (f"{copy}" for copy in facts.arrived if copy not in known)


def lost(facts: Facts, owed: Owed) -> Iterator[str]:
    """A customer who is not there, an occasion without its touch, or with two, a talk that was logged once or more."""
    found = Counter((one.rule, one.lead) for one in facts.touches)
    for lead in [*owed.leads, *owed.told.leads]:
        if lead not in facts.leads:
            yield f"lead {lead}"
        yield from (f"{rule} of {lead}: {found[rule, lead]} touches" for rule in _RULES if found[rule, lead] != 1)
    yield from (f"talk {one}" for one in owed.told.talks if facts.talks[one] != 1)


def neither_live_nor_ended(facts: Facts, _: Owed) -> Iterator[str]:
    """Of what came due: no end and no doubt, or an end without a reason."""
    doubted = {one.touch for one in facts.deliveries if one.state == "in_doubt"}
    for one in facts.touches:
        if one.state not in DONE and one.due_at <= facts.now and one.id not in doubted:
            yield f"touch {one.id} is {one.state}"
        if one.state in DONE and one.state not in ("delivered", "superseded") and not one.reason:
            yield f"touch {one.id} is {one.state} without a reason"


def doubt_outside_the_window(facts: Facts, _: Owed) -> Iterator[str]:
    """A doubt about a rep's, or one without a mark of its epoch, or with an outcome beside it."""
    for one in facts.deliveries:
        if one.state != "in_doubt":
            continue
        steps = [event.state for event in facts.events[one.id] if event.epoch == one.epoch]
        if one.audience != "lead" or steps[-2:] != ["sending", "in_doubt"]:
            yield f"delivery {one.id}: {' → '.join(steps)}"


def changed_after_the_end(facts: Facts, _: Owed) -> Iterator[str]:
    """A doubt may become sent by late evidence of the same epoch; nothing else that is final changes."""
    for ident, events in facts.events.items():
        for before, after in pairwise(events):
            late = (before.state, after.state) == ("in_doubt", "sent") and before.epoch == after.epoch
            if before.state in _FINAL or (before.state == "in_doubt" and not late):
                yield f"delivery {ident}: {before.state} → {after.state}"


def against_his_will(facts: Facts, owed: Owed) -> Iterator[str]:
    """A mark after "stop" was answered, while a category was paused, or of a letter that nobody signed."""
    unsigned = {one.id for one in facts.touches if one.needs_signature and not one.signed_by}
    for one in facts.deliveries:
        marks = [event.at for event in facts.events[one.id] if event.state == "sending"]
        stopped = owed.told.stopped.get(one.lead) if one.audience == "lead" else None
        if stopped is not None and any(at > math.ceil(stopped) for at in marks):
            yield f"delivery {one.id} after a stop"
        if one.category == "festive" and any(_within(at, owed.told.paused) for at in marks):
            yield f"delivery {one.id} in a pause"
        if marks and one.touch in unsigned:
            yield f"delivery {one.id} unsigned"


def stuck(facts: Facts, _: Owed) -> Iterator[str]:
    yield from (f"delivery {one.id} is {one.state}" for one in facts.deliveries if one.state in LIVE)


def over_the_cap(facts: Facts, _: Owed) -> Iterator[str]:
    """More than one wish a day: all of a soak's wishes for a customer are of one day.

    What was refused for good he does not have: then the wish that was merged into it comes back, and is his one.
    """
    his = {one.touch for one in facts.deliveries if one.state in ("sent", "in_doubt")}
    wishes = Counter(one.lead for one in facts.touches if one.rule in ("welcome", "season") and one.id in his)
    yield from (f"{lead}: {n} wishes" for lead, n in wishes.items() if n > 1)


def too_many_for_a_rep(facts: Facts, _: Owed) -> Iterator[str]:
    """More copies than one and his ambiguous attempts, or under more than one Message-ID."""
    copies = facts.copies
    ids: dict[int, set[str]] = {}
    for one in facts.deliveries:
        if one.audience == "lead":
            continue
        ids.setdefault(one.touch, set()).add(one.message_id)
        if copies[one.id] > 1 + ambiguous(facts.events[one.id]):
            yield f"delivery {one.id}: {copies[one.id]} copies, {ambiguous(facts.events[one.id])} ambiguous attempts"
    yield from (f"touch {touch}: {len(found)} Message-IDs" for touch, found in ids.items() if len(found) > 1)


def ambiguous(events: list[Event]) -> int:
    """Attempts whose mark has no outcome: what came next was no answer of the relay's."""
    return sum(
        1 for mark, after in pairwise(events)
        if mark.state == "sending" and not (after.state == "sent" or after.code[:1].isdigit())
    )  # fmt: skip


def _within(at: int, spans: list[tuple[float, float]]) -> bool:
    return any(math.ceil(began) < at < math.floor(ended) for began, ended in spans)


INVARIANTS: tuple[tuple[str, str, Check], ...] = (
    ("I1", "customers with two copies", duplicates),
    ("I2", "messages called sent that never arrived", false_sent),
    ("I2", "mails that nobody wrote down", unknown_mail),
    ("I3", "customers, occasions and talks lost or doubled", lost),
    ("I3", "what came due, with no end or no reason", neither_live_nor_ended),
    ("I4", "doubts outside the window", doubt_outside_the_window),
    ("I5", "final states that changed", changed_after_the_end),
    ("I6", "sent after a stop, in a pause, unsigned", against_his_will),
    ("I7", "deliveries that are stuck", stuck),
    ("I8", "customers with two wishes a day", over_the_cap),
    ("reps", "more copies than 1 + ambiguous attempts", too_many_for_a_rep),
)
