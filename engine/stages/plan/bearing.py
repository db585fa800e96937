"""The births of rules, written in pieces: however many leads a festival or a new rule concerns, memory stays flat."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from engine.rulebook.model import Rule
from engine.stages.plan.births import Book, give_birth
from engine.stages.plan.candidates import Source, candidates, concerns_more
from engine.stages.plan.passes import Pass, PlanCounts
from engine.store.book import book as book_rows
from engine.store.book import planning
from engine.store.database import Connection, Database, insert_ignore
from engine.store.ledger import occasion, touch

PIECE = 4_000
"""Rows of one write transaction, so that other writers get their turn."""

PAGE = 5_000
"""Leads among whom births are looked for at once, where they may be everybody's."""

Waiting = deque[tuple[Rule, str]]
"""Rules whose births are still to be read, each with the last lead of whom they are."""


def bear(this: Pass, rules: Sequence[Rule], lo: int | None, hi: int) -> PlanCounts:
    """Read the rules' births and write them in pieces; a change in between makes its lead dirty."""
    counts = PlanCounts()
    waiting = deque((rule, "") for rule in rules)
    while waiting:
        counts += _write(this.db, _next_births(this, waiting, lo, hi))
    return counts


def _next_births(this: Pass, waiting: Waiting, lo: int | None, hi: int) -> Book:
    """The births of as many of the waiting rules, or pages of leads, as make a piece."""
    book = Book()
    with this.db.reading() as connection:
        ground = this.ground(connection)
        scope = this.scope(connection, ground, lo, hi)
        source = Source(connection, this.settings, this.clockwork.calendars)
        while waiting and book.size < PIECE:
            rule, after = waiting.popleft()
            looked = scope
            if after or concerns_more(rule, PAGE, scope, source):
                page = planning.next_page(connection, after, PAGE)
                looked = replace(scope, page=page)
                if page.last is not None:
                    waiting.appendleft((rule, page.last))
            book.add(give_birth(rule, candidates(rule, looked, source), looked, ground))
    return book


def _write(db: Database, book: Book) -> PlanCounts:
    """Occasions go first: a crash in between leaves none without a cursor that plans its touches again."""
    counts = PlanCounts()
    rest = book
    elsewhere: set[tuple[str, str, str]] = set()
    while rest.size:
        piece, rest = rest.split(PIECE)
        with db.writing() as connection:
            born = insert(connection, piece.occasions, [])
            if born.occasions < len(piece.occasions):
                elsewhere |= book_rows.born_otherwise(connection, piece.occasions)
            counts += born + insert(connection, [], _of_others(piece.touches, elsewhere))
    return counts


def _of_others(
    touches: list[dict[str, Any]], occasions: Collection[tuple[str, str, str]]
) -> list[dict[str, Any]]:
    """Those of other occasions than these."""
    if not occasions:
        return touches
    return [row for row in touches if (row["rule"], row["lead"], row["anchor"]) not in occasions]


def insert(
    connection: Connection, occasions: Sequence[dict[str, Any]], touches: Sequence[dict[str, Any]]
) -> PlanCounts:
    return PlanCounts(insert_ignore(connection, occasion, occasions), insert_ignore(connection, touch, touches))
