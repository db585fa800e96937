"""`distinct`: greetings that read like what the customer got last year, or like what others near him get."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from engine.rulebook.model import Distinct
from engine.stages.compose.likeness import estimated, fingerprint, likeness
from engine.stages.compose.templates import Written
from engine.store.database import Connection
from engine.store.outbox import wordings
from engine.store.outbox.compose_rows import TouchRow
from engine.store.outbox.wordings import MOST_NEIGHBOURS, Said

YEAR = timedelta(days=400)
"""How far back last year's occasion may lie: a lunar year has up to 385 days. Ours."""
NEAR = timedelta(days=31)
"""How far apart the occasions of one account may lie for their greetings to be held side by side. Ours."""


@dataclass(frozen=True)
class Alike:
    """The greeting that one is too much like. `which`: last_year or neighbours; `likeness` from 0 to 1."""

    which: str
    lead: str
    on: str
    likeness: float

    def as_json(self) -> dict[str, Any]:
        """As it is kept and shown."""
        return {"as": self.which, "lead": self.lead, "on": self.on, "likeness": round(self.likeness, 2)}


class Wish(NamedTuple):
    """A greeting that was just written: its touch, its words, and what its step asks for."""

    touch: TouchRow
    owner: str | None
    text: str
    distinct: Distinct
    others: Iterable[Written] = ()
    """What else its template has to say to him, written when it is asked for."""


class Compared(NamedTuple):
    """What it says, to be kept, and what it is too much like. `instead`: the other words that it took."""

    said: Said
    alike: Alike | None
    instead: Written | None = None


def compare(connection: Connection, wishes: Sequence[Wish]) -> dict[int, Compared]:
    """Each wish of a batch, in order, with what was said before it: kept in the database, or earlier in the batch."""
    if not wishes:
        return {}
    accounts = wordings.accounts_of(connection, {wish.touch.lead for wish in wishes})
    before = _Before(connection, wishes)
    found: dict[int, Compared] = {}
    for wish in wishes:
        found[wish.touch.id] = taken = _taken(wish, accounts.get(wish.touch.lead), before)
        before.add(taken.said)
    return found


def _taken(wish: Wish, account: str | None, before: _Before) -> Compared:
    """Its own words, else the first of its others that are like nobody's, else its own all the same."""
    own = _compared(wish, account, before)
    if own.alike is None:
        return own
    for written in wish.others:
        other = _compared(wish._replace(text=written.text), account, before)
        if other.alike is None:
            return other._replace(instead=written)
    return own


def _compared(wish: Wish, account: str | None, before: _Before) -> Compared:
    said = _said(wish, account)
    return Compared(said, _most_alike(said, wish.distinct, before))


def _said(wish: Wish, account: str | None) -> Said:
    touch = wish.touch
    return Said(
        touch.id, touch.rule, touch.step, touch.lead, account, wish.owner, _kind(touch), _day(touch),
        fingerprint(wish.text), wish.text,
    )  # fmt: skip


def _kind(touch: TouchRow) -> str:
    """`birthday` of `birthday:date#7:2026`: what is celebrated."""
    return touch.anchor.partition(":")[0].partition("+")[0]


def _day(touch: TouchRow) -> str:
    return touch.occurs_on or touch.day_on


def _most_alike(said: Said, distinct: Distinct, before: _Before) -> Alike | None:
    """The one it is most like, if that is too much. Of equals the first that was found."""
    others: list[tuple[str, Said]] = []
    if distinct.last_year:
        others += [("last_year", one) for one in before.last_year(said)]
    if distinct.neighbours:
        others += [("neighbours", one) for one in before.neighbours(said)]
    found = [Alike(which, one.lead, one.day_on, _likeness(said, one)) for which, one in others]
    worst = max(found, key=lambda one: one.likeness, default=None)
    return worst if worst is not None and worst.likeness >= distinct.max_similarity else None


def _likeness(one: Said, other: Said) -> float:
    if one.text and other.text:
        return likeness(one.text, other.text)
    return estimated(one.fingerprint, other.fingerprint)


class _Before:
    """What was said before: of each customer, owner's day and account looked up once a batch, and as many as matter."""

    def __init__(self, connection: Connection, wishes: Sequence[Wish]) -> None:
        self.connection = connection
        asked = [wish.touch for wish in wishes if wish.distinct.last_year]
        self.to_leads: list[Said] = []
        if asked:
            since = _back(min(map(_day, asked)), YEAR)
            leads, rules = {touch.lead for touch in asked}, {touch.rule for touch in asked}
            self.to_leads = wordings.said_to(connection, leads, rules, since)
        self.by_lead: dict[str, list[Said]] = {}
        for said in self.to_leads:
            self.by_lead.setdefault(said.lead, []).append(said)
        self.near: dict[tuple[str, ...], list[Said]] = {}
        self.written: list[Said] = []

    def add(self, said: Said) -> None:
        """What was written just now counts for those behind it."""
        self.written.append(said)

    def last_year(self, said: Said) -> Iterator[Said]:
        """The latest that he got at this step of this rule for an earlier occasion of the kind."""
        mine = [
            one for one in self.by_lead.get(said.lead, ())
            if (one.rule, one.step, one.kind) == (said.rule, said.step, said.kind)
            and _back(said.day_on, YEAR) <= one.day_on < said.day_on
        ]  # fmt: skip
        yield from sorted(mine, key=lambda one: (one.day_on, one.touch))[-1:]

    def neighbours(self, said: Said) -> Iterator[Said]:
        """What others got: of his account within a month, of his owner on the day itself, for the same kind."""
        known = {one.touch: one for one in (*self._of_owner(said), *self._of_account(said), *self._of_batch(said))}
        yield from (one for one in known.values() if one.lead != said.lead)

    def _of_owner(self, said: Said) -> Iterable[Said]:
        key = ("owner", said.owner or "", said.kind, said.day_on)
        if said.owner and key not in self.near:
            self.near[key] = wordings.said_for_owner(self.connection, said.owner, said.kind, said.day_on)
        return self.near.get(key, ())

    def _of_account(self, said: Said) -> Iterable[Said]:
        key = ("account", said.account or "", said.kind, said.day_on)
        if said.account and key not in self.near:
            since, until = _back(said.day_on, NEAR), _back(said.day_on, -NEAR)
            self.near[key] = wordings.said_in_account(self.connection, said.account, said.kind, since, until)
        return self.near.get(key, ())

    def _of_batch(self, said: Said) -> list[Said]:
        near = [one for one in reversed(self.written) if one.kind == said.kind and _are_near(one, said)]
        return near[:MOST_NEIGHBOURS]


def _are_near(one: Said, other: Said) -> bool:
    if one.owner and one.owner == other.owner and one.day_on == other.day_on:
        return True
    apart = abs(date.fromisoformat(one.day_on) - date.fromisoformat(other.day_on))
    return bool(one.account) and one.account == other.account and apart <= NEAR


def _back(day: str, span: timedelta) -> str:
    return (date.fromisoformat(day) - span).isoformat()
