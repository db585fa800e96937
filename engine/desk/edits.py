"""What putting a folder's rules in force would do at once, read from the live database and nothing written.

A new or changed rule may find hundreds of occasions that opened before it was there, a renamed one may begin anew
with everybody. Both are counted before a reload; past `caps.backfill` somebody has to say yes.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, replace

from engine.desk.folder import Checked
from engine.ground.errors import BadConfig, FollowupError
from engine.rulebook.model import Rule, RuleBook
from engine.rulebook.trigger_kinds import DateTrigger
from engine.settings.model import Settings
from engine.stages.books import Books
from engine.stages.plan.births import Book, give_birth
from engine.stages.plan.candidates import Scope, Source, candidates
from engine.stages.plan.ground import Ground
from engine.stages.plan.passes import horizon_at
from engine.stages.plan.take_up import take_up
from engine.stages.plan.timing import Clockwork
from engine.store.book import generations, planning, taking_up
from engine.store.book.book import horizon
from engine.store.book.event_rows import Hosts
from engine.store.conditions.fields import zones_in_use
from engine.store.database import Connection
from engine.store.facts.date_policies import known_policies
from engine.store.facts.dirty import chunks

ALIKE = 0.5
"""The share of equal steps from which on a rule that came looks like one that went."""

BATCH = 500
"""Leads whose occasions in flight are compared at a time."""


@dataclass(frozen=True)
class RuleEdit:
    """One rule that a reload would add, change, take away, or bring back. Touches and occasions are counted.

    `at_once`: touches that would be due at once. `spread`: occasions put off by `backfill`. `in_flight`: occasions
    that live by another revision of the rule.
    """

    rule: str
    what: str  # added | changed | removed | disabled | quarantined | mended
    at_once: int = 0
    spread: int = 0
    in_flight: int = 0

    def __str__(self) -> str:
        parts = [f"{self.rule} {self.what}: {self.at_once:,} due at once"]
        parts += [f"{self.spread:,} spread over the next days"] if self.spread else []
        return ", ".join([*parts, f"{self.in_flight:,} in flight"])


@dataclass(frozen=True)
class LooksRenamed:
    """A rule that vanished and one that came with nearly the same content."""

    old: str
    new: str
    people: int

    def __str__(self) -> str:
        return f'rule "{self.old}" looks renamed to "{self.new}": {self.people:,} people would be contacted again'


@dataclass(frozen=True)
class Edits:
    """Everything that a reload would change; empty on a fresh database."""

    rules: tuple[RuleEdit, ...] = ()
    renamed: tuple[LooksRenamed, ...] = ()

    def lines(self) -> Iterator[str]:
        """One line each, for people."""
        yield from map(str, self.renamed)
        yield from map(str, self.rules)


class NotConfirmed(FollowupError):
    """A reload that would make too much due at once; the rules in force stay."""


def require_confirmed(edits: Edits, limit: int) -> None:
    """NotConfirmed if more than `limit` touches would be due at once, or people contacted again."""
    found = [
        f"{one}; write renamed_from: {one.old} in it, or delete it knowingly"
        for one in edits.renamed if one.people > limit
    ]  # fmt: skip
    volume = sum(one.at_once for one in edits.rules)
    if volume > limit:
        largest = sorted((one for one in edits.rules if one.at_once), key=lambda one: -one.at_once)
        named = ", ".join(f"{one.rule} {one.at_once:,}" for one in largest[:3])
        found.append(f"{volume:,} touches would be due at once ({named}); write backfill: none or {{spread: 14d}}")
    if found:
        ask = f"more than caps.backfill: {limit}, so the rules in force stay; if it is meant: followup reload --confirm"
        raise NotConfirmed("\n".join([*found, ask]))


def edits_of(connection: Connection, settings: Settings, books: Books, checked: Checked, now: int) -> Edits:
    """Compare the checked rules with those in force.

    There is nothing to compare with on a fresh database, nor where config.yaml no longer bears policies or gates
    that are in force: rules that were mended for a new config.yaml must not be kept out by the old ones.
    """
    try:
        active = books.active(connection)
    except BadConfig:
        active = None
    if active is None:
        return Edits()
    look = _Look(connection, settings, books, checked.book, active.book, now)
    old, new = _enabled(active.book), _enabled(checked.book)
    in_force = {(rule.id, rule.revision) for rule in old.values()}
    edited = {rule.id: look.births(rule) for rule in new.values() if (rule.id, rule.revision) not in in_force}
    taken = {rule.renamed_from for rule in new.values()}
    gone = [rule for rule in old.values() if rule.id not in new and rule.id not in taken]
    waited, spoilt = active.book.held_back, checked.book.held_back
    rules = [look.edit(new[ident], _how_come(new[ident], old, waited), book) for ident, book in edited.items()]
    rules += [RuleEdit(rule.id, _how_gone(rule, checked.book), in_flight=look.in_flight(rule.id)) for rule in gone]
    fresh = [new[ident] for ident in edited if ident not in old and ident not in waited]
    came = [rule for rule in fresh if not rule.renamed_from]
    went = [rule for rule in gone if rule.id not in spoilt]
    pairs = [(rule, next((one for one in came if looks_like(rule, one)), None)) for rule in went]
    renamed = [LooksRenamed(a.id, b.id, look.met_before(a, edited[b.id])) for a, b in pairs if b is not None]
    return Edits(tuple(sorted(rules, key=lambda one: one.rule)), tuple(renamed))


def looks_like(gone: Rule, came: Rule) -> bool:
    """Whether a rule has the trigger of another one and at least half of its steps."""
    same = sum(step in gone.steps for step in came.steps)
    return gone.on == came.on and same >= ALIKE * max(len(gone.steps), len(came.steps))


def _enabled(book: RuleBook) -> dict[str, Rule]:
    return {rule.id: rule for rule in book.rules if rule.enabled}


def _how_come(rule: Rule, old: Container[str], waited: Container[str]) -> str:
    if rule.id in old:
        return "changed"
    return "mended" if rule.id in waited or rule.renamed_from in waited else "added"


def _how_gone(rule: Rule, book: RuleBook) -> str:
    if rule.id in book.held_back:
        return "quarantined"
    return "removed" if book.rule(rule.id) is None else "disabled"


class _Look:
    """Births as the next plan would have them, and what is in the book already."""

    def __init__(
        self, connection: Connection, settings: Settings, books: Books, book: RuleBook, before: RuleBook, now: int
    ) -> None:
        self.connection, self.settings, self.books, self.now = connection, settings, books, now
        self.clockwork = Clockwork.of(settings)
        self.source = Source(connection, settings, self.clockwork.calendars)
        self.drafting = tuple(policy for policy in book.policies if policy.draft is not None)
        self.reps = planning.load_reps(connection)
        self.hosts = Hosts(connection)
        zones = {*zones_in_use(connection), *(rep.timezone for rep in self.reps.values())}
        hi = max(horizon_at(now), horizon(connection) or 0)
        self.scope = Scope(now, None, hi, None, tuple(sorted({*zones, settings.defaults.timezone})))
        self.known = known_policies(connection)
        self.away = {name: one.since for name, one in before.held_back.items()}

    def ground(self, rule: Rule) -> Ground:
        since = {(rule.id, rule.revision): self.away.get(rule.id, self.now)}
        return Ground(self.settings, self.clockwork, self.reps, 0, self.drafting, since=since, hosts=self.hosts)

    def births(self, rule: Rule) -> Book:
        """What the rule would add to the book; occasions born under it, or its old id, are there already."""
        rule = self._with_known_policy(rule)
        found = give_birth(rule, candidates(rule, self.scope, self.source), self.scope, self.ground(rule))
        ids = [rule.id, rule.renamed_from] if rule.renamed_from else [rule.id]
        there: set[tuple[str, str]] = set()
        for leads in chunks({row["lead"] for row in found.occasions}):
            there |= taking_up.anchors_of(self.connection, ids, leads)
        return Book(
            [row for row in found.occasions if (row["lead"], row["anchor"]) not in there],
            [row for row in found.touches if (row["lead"], row["anchor"]) not in there],
        )

    def _with_known_policy(self, rule: Rule) -> Rule:
        """Dates under a policy that is new are worked out after the reload; till then config.yaml's stands in."""
        on = rule.on
        if not isinstance(on, DateTrigger) or on.policy(self.settings.date_policy).text in self.known:
            return rule
        return replace(rule, on=replace(on, leap_month="", day_30="", feb_29=""))

    def edit(self, rule: Rule, what: str, book: Book) -> RuleEdit:
        """The counts of a rule that is new, changed or back."""
        due = sum(row["settled_at"] is None and row["due_at"] <= self.now for row in book.touches)
        spread = sum(row["spread_to"] is not None for row in book.occasions)
        return RuleEdit(rule.id, what, due + self._hurried(rule), spread, self.in_flight(rule.id, rule.revision))

    def in_flight(self, rule: str, revision: str = "") -> int:
        """Occasions of the rule with something to come, those of that revision left out."""
        return taking_up.count_in_flight(self.connection, rule, revision)

    def _hurried(self, rule: Rule) -> int:
        """Touches in flight that `apply_to: all` would move to an hour already past."""
        if rule.apply_to != "all":
            return 0
        hurried, after = 0, None
        while rows := taking_up.in_flight(self.connection, rule.id, rule.revision, BATCH, after):
            leads = tuple(sorted({row.lead for row in rows}))
            scope, after = replace(self.scope, leads=leads), leads[-1]
            hurried += take_up(rule, rows, scope, self.source, self.books, self.ground(rule)).hurried
        return hurried

    def met_before(self, gone: Rule, book: Book) -> int:
        """People whom the new rule would contact about an occasion that the old one has contacted them about."""
        born = {(row["lead"], row["anchor"]) for row in book.occasions}
        return len({lead for lead, anchor in self._done(gone.id, [lead for lead, _ in born]) if (lead, anchor) in born})

    def _done(self, rule: str, leads: Sequence[str]) -> Iterator[tuple[str, str]]:
        for some in chunks(dict.fromkeys(leads)):
            yield from ((lead, anchor) for lead, anchor, _ in taking_up.steps_done(self.connection, rule, some))


def running(connection: Connection, books: Books) -> Checked | None:
    """The rules in force, as if they were a folder; None on a fresh database."""
    active, stored = books.active(connection), generations.active_generation(connection)
    return Checked(active.book, stored.rules, stored.templates) if active and stored else None
