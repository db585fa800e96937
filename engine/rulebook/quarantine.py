"""A book of which only some rules are bad: those are left out, and the rest works (`on_invalid: quarantine`).

Only a rule is ever left out. A policy or gate that is missing, a default, or a file of which nobody can say what it
held would let things happen that were forbidden: with a mistake in one of those there is no book.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import replace

from engine.ground.errors import Problem, in_order
from engine.ground.yamlio import Node
from engine.rulebook.catalogue import Catalogue
from engine.rulebook.changes import report_names_in_use
from engine.rulebook.loader import id_in, load_rulebook, read_sections
from engine.rulebook.model import Quarantined, RuleBook
from engine.rulebook.reading import Source, read_id
from engine.rulebook.rules import read_rule, report_repeated_ids
from engine.rulebook.told import Told


def load_sound(
    files: Mapping[str, str | bytes], catalogue: Catalogue, without: Collection[str] = ()
) -> tuple[RuleBook | None, tuple[Problem, ...]]:
    """As load_rulebook, but bad rules are left out, and stand in the book as quarantined.

    The problems are those of the sound part; with no book, all of them.
    """
    book, problems = load_rulebook(files, catalogue, without)
    if book is not None:
        return book, problems
    spoilt = _spoilt(files, catalogue, without)
    book, left = load_rulebook(files, catalogue, {*without, *(one.id for one in spoilt)})
    return (None, problems) if book is None else (replace(book, quarantined=spoilt), left)


def _spoilt(
    files: Mapping[str, str | bytes], catalogue: Catalogue, without: Collection[str]
) -> tuple[Quarantined, ...]:
    """Every rule with a mistake of its own, by id. A rule whose id cannot be read is not among them."""
    entries = [
        (replace(source, told=Told()), node)
        for source, node in read_sections(files, catalogue, Told()).rules
        if id_in(node) not in without
    ]
    report_repeated_ids(entries, "rule")
    report_names_in_use(entries)
    found: dict[str, list[tuple[Source, Node]]] = defaultdict(list)
    for source, node in entries:
        read_rule(source, node)
        found[_known(source, node, "id")].append((source, node))
    spoilt = (_quarantined(ident, places) for ident, places in sorted(found.items()) if ident)
    return tuple(one for one in spoilt if one.problems)


def _quarantined(ident: str, places: list[tuple[Source, Node]]) -> Quarantined:
    problems = in_order(one for source, _ in places for one in source.told.kept if one.severity == "error")
    source, node = places[0]
    old = _known(source, node, "renamed_from")
    return Quarantined(ident, source.file, node.mark.line, tuple(map(str, problems)), old if old != ident else "")


def _known(source: Source, node: Node, key: str) -> str:
    """An id as it stands there, "" if it is none: then nobody can say which rule it was."""
    value = node.get(key)
    return (value and read_id(replace(source, told=Told()), value)) or ""
