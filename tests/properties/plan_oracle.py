"""A second opinion on planning: it looks at every lead and every rule at every tick, and keeps no cursor.

It shares no code with engine.stages.plan: plain datetimes, plain dictionaries, plain loops. What it knows of
the language is one Python function per rule below. Its answer is the set of touches that must be waiting.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache, partial
from zoneinfo import ZoneInfo

from engine.domain.calendars.lunar import from_solar
from engine.domain.keys import spread
from tests.properties.oracle_facts import Lead, World

DAY = 86_400
CATCH_UP = 14 * DAY
Key = tuple[str, str, str]          # rule, lead, anchor

MOON = (date(2026, 9, 25), date(2027, 9, 15))


def at_wall(day: date, wall: time, zone: str) -> int:
    return int(datetime.combine(day, wall, ZoneInfo(zone)).timestamp())


def later(at: int, months: int, days: int, zone: str) -> int:
    local = datetime.fromtimestamp(at, ZoneInfo(zone))
    total = local.year * 12 + local.month - 1 + months
    year, month = total // 12, total % 12 + 1
    day = date(year, month, min(local.day, calendar.monthrange(year, month)[1])) + timedelta(days=days)
    return int(datetime.combine(day, local.time(), ZoneInfo(zone)).timestamp())


def stamp(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y%m%dT%H%M%SZ")


def _always(at: int, _zone: str) -> int:
    return at


Planned = tuple[str, str, int, int | None]        # step, receiver, due, expires


@dataclass
class Candidate:
    rule: str
    anchor: str
    occurs: int
    counts_from: int
    steps: list[Planned]
    segment: bool
    timed: bool = True
    endless: bool = False
    returns: int = 0
    on: date | None = None
    fresh: bool = False                # not born of what happened before the catch-up
    of: str = ""                       # what its returns have in common

    @property
    def group(self) -> tuple[str, str]:
        return self.rule, self.of or self.anchor.rpartition("+")[0]

    @property
    def opens(self) -> int:
        return min(step[2] for step in self.steps)


class Oracle:
    """Replays the same ticks as the planner."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.born: set[Key] = set()
        self.ended: set[Key] = set()
        self.reached: dict[tuple[str, str], int] = {}   # when a counter reached its value, fixed at birth
        self.horizon: int | None = None
        self.written: set[str] = set()      # touches that ever stood in the book
        self.passed: set[str] = set()       # those of them that came in as history
        self.looks: dict[str, int] = {}     # occurrence key -> when release first looks at it, of all that waits

    def tick(self, now: int) -> dict[str, int]:
        """Occurrence key -> due instant of every touch that must be waiting."""
        horizon = max((now // DAY + 3) * DAY, self.horizon or 0)
        expected: dict[str, int] = {}
        self.looks = {}
        for lead in self.world.leads.values():
            current = {(c.rule, lead.id, c.anchor): c for c in self.candidates(lead)}
            self.drop_gone(lead, current)
            dirty = self.horizon is None or lead.id in self.world.dirty
            for key in self.births(current, dirty, now, horizon):
                if not self.is_history(current[key], lead):
                    self.born.add(key)
            for key, candidate in current.items():
                if key in self.born and not self.has_ended(key, candidate, lead):
                    for step, receiver, due, _ in candidate.steps:
                        name = "|".join((*key, step, receiver))
                        if due < horizon and not self.has_passed(name, due, lead):
                            expected[name] = due
                            self.looks[name] = self.look(key[0], step, due, lead)
        mornings = self.mornings(now, horizon)
        expected |= mornings
        self.looks |= mornings
        self.horizon = horizon
        self.world.dirty.clear()
        return expected

    @staticmethod
    def is_history(one: Candidate, lead: Lead) -> bool:
        """All of it was due before his history came in; or that import is what made a counter reach its value."""
        if lead.history is None:
            return False
        reached = one.rule == "third" and one.occurs <= lead.history
        return reached or all(due < lead.history for _, _, due, _ in one.steps)

    def has_passed(self, name: str, due: int, lead: Lead) -> bool:
        """A step that was due before the history came in has passed for good, unless it stood in the book before."""
        if name not in self.written and lead.history is not None and due < lead.history:
            self.passed.add(name)
        self.written.add(name)
        return name in self.passed

    def came_before(self, key: Key, at: int, lead: Lead) -> bool:
        """What happened before the history came in brings nothing about, but leaves what stands in the book."""
        return lead.history is not None and at <= lead.history and key not in self.born

    @staticmethod
    def look(rule: str, step: str, due: int, lead: Lead) -> int:
        """A birthday wish is laid out for signing the day before, by its receiver's clock; all else when it is due."""
        return later(due, 0, -1, lead.zone) if (rule, step) == ("birthday", "wish") else due

    def mornings(self, now: int, horizon: int) -> dict[str, int]:
        """Everybody's eight o'clock, once a civil day of his; absent or not, that is asked when it comes."""
        fresh = self.horizon is None or "" in self.world.dirty
        known = self.horizon if self.horizon is not None else horizon
        found = {}
        for rep, (zone, _) in self.world.reps.items():
            for ahead in range(-40, 6):
                day = datetime.fromtimestamp(now, UTC).date() + timedelta(days=ahead)
                due = at_wall(day, time(8), zone)
                key = ("morning", "", f"rep:{rep}@{day.isoformat()}T08:00")
                if known <= due < horizon or (fresh and due < known and due + 4 * 3600 > now):
                    self.born.add(key)
                if key in self.born and due < horizon:
                    found["|".join((*key, "day", rep))] = due
        return found

    def drop_gone(self, lead: Lead, current: dict[Key, Candidate]) -> None:
        self.born -= {key for key in self.born if key[1] == lead.id and key not in current and key not in self.ended}

    def has_ended(self, key: Key, candidate: Candidate, lead: Lead) -> bool:
        if key[0] == "first" and lead.last_contact is not None and lead.last_contact > candidate.counts_from:
            self.ended.add(key)
        return key in self.ended

    def births(self, current: dict[Key, Candidate], dirty: bool, now: int, horizon: int) -> Iterator[Key]:
        known = self.horizon if self.horizon is not None else horizon
        past = {}
        for one in current.values():
            if one.returns and one.occurs < now:
                past[one.group] = one.returns
        for key, one in current.items():
            if key in self.born or key in self.ended or not one.segment:
                continue
            if one.on is not None and one.on < datetime.fromtimestamp(now - CATCH_UP, UTC).date():
                continue
            if one.fresh and one.occurs < now - CATCH_UP:
                continue
            if one.timed and self.horizon is not None and self.horizon <= one.opens < horizon:
                yield key
            if not dirty or (one.timed and one.opens >= known):
                continue
            if one.returns and one.occurs < now and past[one.group] != one.returns:
                continue
            if any(self.still_worth_it(one, step, now) for step in one.steps):
                yield key

    @staticmethod
    def still_worth_it(one: Candidate, step: Planned, now: int) -> bool:
        _, _, due, expires = step
        if expires is not None:
            return expires > now
        return one.endless or due >= now - CATCH_UP

    def candidates(self, lead: Lead) -> Iterator[Candidate]:
        yield from self.birthdays(lead)
        for day in MOON:
            due = at_wall(day - timedelta(days=1), time(10), lead.zone)
            end = at_wall(day, time(0), lead.zone)
            yield Candidate("moon", f"mid_autumn:{day.year}", due, due, [("wish", lead.id, due, end)], True)
        yield from self.rhythm(lead)
        at = lead.registered + 5 * 3600
        steps: list[Planned] = [
            ("call", *self.given(lead.owner, partial(_always, at)), None),
            ("boss", self.boss(lead), later(at, 0, 2, lead.zone), None),
        ]
        anchor = f"registered:lead@{stamp(lead.registered)}+0"
        yield Candidate("first", anchor, at, lead.registered, steps, True, endless=True, returns=1)
        yield from self.events(lead)
        yield from self.cycle(lead)
        yield from self.lying_ahead(lead)
        yield from self.talks(lead)
        yield from self.floods(lead)

    def given(self, rep: str, due_in: Callable[[str], int]) -> tuple[str, int]:
        """Who gets a rep's reminder, and when: his delegate, who is always there, on the days he is away."""
        zone = self.world.reps[rep][0]
        if rep in self.world.away:
            first, last, delegate = self.world.away[rep]
            if first <= datetime.fromtimestamp(due_in(zone), ZoneInfo(zone)).date().isoformat() <= last:
                return delegate, due_in(self.world.reps[delegate][0])
        return rep, due_in(zone)

    def boss(self, lead: Lead) -> str:
        return self.world.reps[lead.owner][1] or ""

    def birthdays(self, lead: Lead) -> Iterator[Candidate]:
        if lead.birthday is None:
            return
        boss = self.boss(lead)
        for year in (2025, 2026, 2027, 2028):
            on = self.in_year(lead.birthday, year)
            wish = at_wall(on, time(9), lead.zone)
            steps: list[Planned] = [
                ("call", *self.given(lead.owner, partial(at_wall, on - timedelta(days=3), time(9))), None),
                ("wish", lead.id, wish, at_wall(on + timedelta(days=2), time(0), lead.zone)),
                ("after", boss, at_wall(on + timedelta(days=10), time(10), self.world.reps[boss][0]), None),
            ]
            anchor = f"birthday:date#{lead.id}:birthday:{year}"
            yield Candidate("birthday", anchor, wish, steps[0][2], steps, lead.tier in ("gold", "platinum"), on=on)

    @staticmethod
    @lru_cache
    def in_year(birthday: tuple[str, int, int], year: int) -> date:
        """A lunar one is looked for day by day, in the regular month; its 30th may be the 29th."""
        kind, month, day = birthday
        if kind == "solar":
            return date(year, month, min(day, calendar.monthrange(year, month)[1]))
        days = (date(year, 1, 20) + timedelta(days=n) for n in range(400))
        found = {lunar.day: on for on in days if (lunar := from_solar(on))[:2] == (year, month) and not lunar.leap}
        return found.get(day) or found[29]

    def rhythm(self, lead: Lead) -> Iterator[Candidate]:
        known = [(v, n) for v, n in ((lead.last_contact, "last_contact"), (lead.owner_since, "owner_since")) if v]
        value, name = max(known, key=lambda pair: pair[0]) if known else (lead.registered, "registered")
        ref = f"interaction#{lead.last_ref}" if name == "last_contact" and lead.last_ref else "lead"
        months, days = {"A": (0, 7), "B": (1, 0)}.get(lead.grade, (3, 0))
        for k in range(3):
            anchor = f"{name}:{ref}@{stamp(value)}+{k}"
            at = later(value, months, days + 5 * k, lead.zone)
            at = later(at, 0, spread(f"rhythm|{lead.id}|{anchor}", 2), lead.zone)
            steps: list[Planned] = [("call", *self.given(lead.owner, partial(_always, at)), None)]
            yield Candidate("rhythm", anchor, at, value, steps, True, endless=True, returns=k + 1)

    def events(self, lead: Lead) -> Iterator[Candidate]:
        if lead.since_owner >= 3 and lead.last_contact is not None:
            anchor = f"contacts:owner@{lead.owner_since or 0}:3"
            reached = self.reached.setdefault((lead.id, anchor), lead.last_contact)
            at = later(reached, 0, 1, lead.zone)
            steps: list[Planned] = [("look", self.boss(lead), at, None)]
            yield Candidate("third", anchor, reached, reached, steps, True, timed=False)
        for number, at in lead.won:
            anchor = f"stage:transition#{number}"
            if not self.came_before(("won", lead.id, anchor), at, lead):
                steps = [("thank", lead.id, later(at, 0, 14, lead.zone), None)]
                yield Candidate("won", anchor, at, at, steps, True, timed=False)

    def cycle(self, lead: Lead) -> Iterator[Candidate]:
        """Every 45 days after the day of signing, which is no return itself."""
        for n in range(1, 12) if lead.signed else ():
            assert lead.signed is not None
            day, boss = lead.signed + timedelta(days=45 * n), self.boss(lead)
            after = at_wall(day + timedelta(days=1), time(10), self.world.reps[boss][0])
            early = self.given(lead.owner, partial(at_wall, day - timedelta(days=2), time(9)))
            steps: list[Planned] = [("call", *early, None), ("boss", boss, after, None)]
            yield Candidate("cycle", f"signing:date#{lead.id}:signing:45d+{n}", after, after, steps, True, on=day)

    def lying_ahead(self, lead: Lead) -> Iterator[Candidate]:
        """What is known beforehand: the day is in the anchor, so one that moves is another."""
        days = [("renewal", f"contract.ends_on:record#{ident}", day, 20, 2) for ident, day in lead.contracts.items()]
        days += [("owed", f"receivable.due_on:record#{ident}", day, 5, 3) for ident, day in lead.receivables.items()]
        days += [("keys", "attrs.keys_on", lead.keys_on, 4, 1)] if lead.keys_on else []
        boss = self.boss(lead)
        for rule, of, day, before, behind in days:
            late = at_wall(day + timedelta(days=behind), time(9), self.world.reps[boss][0])
            early = self.given(lead.owner, partial(at_wall, day - timedelta(days=before), time(9)))
            steps: list[Planned] = [("early", *early, None), ("late", boss, late, None)]
            yield Candidate(rule, f"{of}@{day}", late, late, steps, True)

    def talks(self, lead: Lead) -> Iterator[Candidate]:
        known = [(*lead.talks[word], word) for word in ("visit", "phone") if word in lead.talks]
        anchor, value = f"registered:lead@{stamp(lead.registered)}+0", lead.registered
        if known:
            value, ref, word = max(known, key=lambda one: one[0])
            anchor = f"last.{word}:interaction#{ref}@{stamp(value)}+0"
        at = later(value, 0, 9, lead.zone)
        steps: list[Planned] = [("call", *self.given(lead.owner, partial(_always, at)), None)]
        yield Candidate("visit", anchor, at, value, steps, True, endless=True, returns=1)
        for ident, when, logged in lead.missed:
            anchor = f"no_answer:interaction#{ident}"
            if not self.came_before(("missed", lead.id, anchor), logged, lead):
                steps = [("write", lead.id, later(when, 0, 1, lead.zone), None)]
                yield Candidate("missed", anchor, when, when, steps, True, timed=False, fresh=True)

    def floods(self, lead: Lead) -> Iterator[Candidate]:
        for ident, (start, end) in lead.floods.items():
            for k in range(4):
                at = later(start, 0, 4 * k, lead.zone)
                if k and end is not None and at >= end:
                    break
                before = self.given(lead.owner, partial(_always, later(at, 0, -1, lead.zone)))
                asks = self.given(lead.owner, partial(_always, at))
                steps: list[Planned] = [("prepare", *before, None), ("ask", *asks, None)]
                anchor = f"flood{f'+{k}' if k else ''}:circumstance#{ident}"
                yield Candidate("flood", anchor, at, at, steps, True, returns=k + 1, of=ident)
