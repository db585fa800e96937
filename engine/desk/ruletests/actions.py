"""What is done in a test, read from its file: circumstances, talks, changed fields, records, signatures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from engine.desk.ruletests.model import (
    Action,
    Claims,
    Decides,
    Deed,
    Ends,
    Happens,
    Logs,
    Records,
    Sets,
    Unsubscribes,
)
from engine.desk.ruletests.tables import Rows, cell_of, offset_of, read_known
from engine.domain import cells
from engine.domain.changes import POOL, POOLED
from engine.domain.civil import add
from engine.domain.people import BadRow, lead_columns, lead_entry
from engine.domain.talks import SCORES
from engine.ground.yamlio import Node
from engine.rulebook.model import RuleBook
from engine.rulebook.parse_values import read_region
from engine.rulebook.reading import Keys, Source, read_choice, read_int, read_text, read_words, shown
from engine.rulebook.vocabulary import severities_in
from engine.settings.model import Settings

ACTIONS = ("circumstance", "end", "log", "set", "assign", "claim", "record", "approve", "reject", "unsubscribe")
BESIDE = ("by", "refused_by", "flagged_by")
"""Who does it, and which gate must object."""
_LOG_KEYS = ("lead", "outcome", "at", "channel", "purpose", "times", "score")


@dataclass
class Actions:
    """Reads actions of one test, whose leads have these zones; counts what it gives ids to."""

    source: Source
    rows: Rows
    settings: Settings
    book: RuleBook
    zones: Mapping[str, str]
    reps: tuple[str, ...] = ()
    _numbers: Counter[str] = field(default_factory=Counter)

    def read(self, node: Node) -> Action | None:
        """`{log: {...}}`: exactly one word and what it takes."""
        if node.kind != "map":
            Keys(self.source, node, '"do"', ACTIONS)
            return None
        rest = [pair for pair in node.items() if pair[0].value not in BESIDE]
        keys = Keys(self.source, Node(node.mark, tuple(rest), "map"), '"do"', ACTIONS)
        if keys.unknown:
            return None
        if len(keys.node.items()) != 1:
            message = f'"do" takes one action, not {len(keys.node.items())}'
            self.source.report(node, "T209", message, "write a list of them")
            return None
        said = [pair for pair in node.items() if pair[0].value in BESIDE]
        beside = Keys(self.source, Node(node.mark, tuple(said), "map"), '"do"', BESIDE)
        for word, name in keys.names.items():
            action = self.of(word, name, keys.get(word))
            return None if action is None else self._with(action, beside)
        return None

    def _with(self, action: Action, beside: Keys) -> Action:
        """The action with who does it, and which gates must object."""
        by = beside.get("by")
        who = read_known(self.source, by, "rep", self.reps) if by else None
        if isinstance(action.deed, Claims) and by is None:
            self.source.report(beside.node, "R105", '"claim" has no "by"', "write by: REP beside it")
        refused_by, flagged_by = self._gate(beside, "refused_by"), self._gate(beside, "flagged_by")
        return replace(action, by=who or "", refused_by=refused_by, flagged_by=flagged_by)

    def _gate(self, keys: Keys, key: str) -> str:
        """The gate that must object; "" where none is named."""
        node = keys.get(key)
        gates = tuple(gate.id for gate in self.book.gates)
        return (node and read_choice(self.source, node, key, "T212", "gate", gates)) or ""

    def of(self, word: str, at: Node, node: Node | None) -> Action | None:
        """The action of that word, which stands `at`; None if what it takes is wrong."""
        readers: dict[str, Callable[[Node], Deed | None]] = {
            "circumstance": self._happens, "end": self._ends, "log": self._logs, "set": self._sets,
            "assign": self._assigns, "claim": self._claims, "record": self._records, "unsubscribe": self._unsubscribes,
            "approve": lambda one: self._decides(one, word), "reject": lambda one: self._decides(one, word),
        }  # fmt: skip
        deed = readers[word](node) if node is not None else None
        return None if deed is None else Action(at.mark, word, deed)

    def _region(self, node: Node) -> str:
        """The code of the region; "" where it is unknown, which is reported."""
        return read_region(self.source, node, cell_of(node)) or ""

    def _happens(self, node: Node) -> Happens | None:
        known = ("kind", "lead", "leads", "region", "id", "severity", "host", "from", "to")
        keys = Keys(self.source, node, "a circumstance", known)
        kind, ident, lead = self._circumstance(keys)
        region = keys.get("region")
        if kind is None or not keys.ok:
            return None
        invited = self._invited(keys)
        if lead is None and region is None and not invited:
            self.source.report(node, "R220", 'a circumstance has "lead", "leads" or "region"')
            return None
        zone, host = self.zones.get(lead or "", self.settings.defaults.timezone), keys.get("host")
        return Happens(
            ident, kind, lead or "", self._region(region) if region else "", self._severity(keys.get("severity")),
            self._moment(keys, "from", zone), self._moment(keys, "to", zone), invited,
            (host and read_known(self.source, host, "rep", self.reps)) or "",
        )  # fmt: skip

    def _severity(self, node: Node | None) -> str:
        words = severities_in(self.settings)
        return (node and read_choice(self.source, node, "severity", "R202", "severity", words)) or ""

    def _invited(self, keys: Keys) -> tuple[str, ...]:
        node = keys.get("leads")
        return read_words(self.source, node, "leads", "T204", "lead", tuple(self.zones)) if node else ()

    def _ends(self, node: Node) -> Ends | None:
        keys = Keys(self.source, node, "the end of a circumstance", ("kind", "lead", "region", "id", "set"))
        if keys.ok and keys.get("id") is None:
            keys.require("kind")
        kind, ident, _ = self._circumstance(keys, optional=True)
        said = keys.get("set")
        if said is not None and said.kind != "map":
            self.source.report(said, "R101", f'"set" must be a mapping, not {shown(said)}', "write {name: text}")
        attrs = {str(name.value): cell_of(value) for name, value in (said.items() if said else ())}
        return Ends(ident, attrs) if kind or keys.get("id") else None

    def _circumstance(self, keys: Keys, *, optional: bool = False) -> tuple[str | None, str, str | None]:
        """Kind, id and lead. Without an id it is called by its kind and whom it concerns."""
        kind_node = keys.get("kind") if optional else keys.require("kind")
        kinds = tuple(self.settings.circumstances)
        kind = read_choice(self.source, kind_node, "kind", "R209", "circumstance", kinds) if kind_node else None
        lead, region = self._lead(keys, optional=True), keys.get("region")
        own = f"{kind}-{lead or (cell_of(region) if region else '')}"
        return kind, self._text(keys, "id") or own, lead

    def _logs(self, node: Node) -> Logs | None:
        keys = Keys(self.source, node, "a talk", _LOG_KEYS)
        words = self.settings.vocabularies
        lead, outcome_node = self._lead(keys), keys.require("outcome")
        outcomes = (*words.effective_outcomes, *words.attempt_outcomes)
        outcome = (
            read_choice(self.source, outcome_node, "outcome", "T211", "outcome", outcomes) if outcome_node else None
        )
        if lead is None or outcome is None:
            return None
        at = self._moment(keys, "at", self.zones[lead])
        channel, purpose = self._text(keys, "channel"), self._text(keys, "purpose")
        times_node = keys.get("times")
        times = read_int(self.source, times_node, "times", 1, 1000) if times_node else 1
        score_node = keys.get("score")
        score = read_int(self.source, score_node, "score", *SCORES) if score_node else None
        return Logs(self._numbered(lead, "talk"), lead, outcome, at, channel, purpose, times or 1, score)

    def _sets(self, node: Node) -> Sets | None:
        columns = [name for name in lead_columns(self.rows.terms) if name != "id"]
        keys = Keys(self.source, node, '"set"', ("lead", *columns))
        lead = self._lead(keys)
        if lead is None:
            return None
        found = self.rows.cells(keys, self.zones[lead], without=("lead",))
        for column, cell in found.items():
            try:
                lead_entry({"id": "x", "name": "x", column: cell}, self.rows.terms)
            except BadRow as error:
                self.source.report(keys.get(column) or node, "T205", str(error))
                return None
        return Sets(lead, found)

    def _assigns(self, node: Node) -> Sets | None:
        """A lead is given to a rep, or to the pool."""
        keys = Keys(self.source, node, '"assign"', ("lead", "to"))
        lead, to_node = self._lead(keys), keys.require("to")
        to = read_known(self.source, to_node, "rep", (*self.reps, POOL)) if to_node else None
        if lead is None or to is None:
            return None
        return Sets(lead, {"status": POOLED} if to == POOL else {"owner": to})

    def _claims(self, node: Node) -> Claims | None:
        lead = self._lead(Keys(self.source, node, '"claim"', ("lead",)))
        return None if lead is None else Claims(lead)

    def _records(self, node: Node) -> Records | None:
        entry = self.rows.record(node, self._numbered("test", "record"), self.zones)
        return None if entry is None else Records(entry)

    def _decides(self, node: Node, word: str) -> Decides | None:
        keys = Keys(self.source, node, f'"{word}"', ("rule", "step", "lead"))
        rule_node = keys.require("rule")
        ids = tuple(rule.id for rule in self.book.rules)
        rule = read_choice(self.source, rule_node, "rule", "T202", "rule", ids) if rule_node else None
        lead = self._lead(keys, optional=True) or ""
        return Decides(word == "approve", rule, self._text(keys, "step") or "", lead) if rule else None

    def _unsubscribes(self, node: Node) -> Unsubscribes | None:
        keys = Keys(self.source, node, '"unsubscribe"', ("lead", "channel", "category"))
        lead = self._lead(keys)
        channel, category = keys.get("channel"), keys.get("category")
        names, categories = tuple(self.settings.channels), self.settings.vocabularies.categories
        some = read_choice(self.source, channel, "channel", "R204", "channel", names) if channel else ""
        other = read_choice(self.source, category, "category", "R206", "category", categories) if category else ""
        return Unsubscribes(lead, some or "", other or "") if lead else None

    def _numbered(self, whose: str, what: str) -> str:
        """An id by order, the same whenever the test is read: what is spread by ids falls the same every time."""
        self._numbers[f"{whose}-{what}"] += 1
        return f"{whose}-{what}-{self._numbers[f'{whose}-{what}']}"

    def _lead(self, keys: Keys, *, optional: bool = False) -> str | None:
        node = keys.get("lead") if optional else keys.require("lead")
        return read_known(self.source, node, "lead", tuple(self.zones)) if node else None

    def _text(self, keys: Keys, key: str) -> str | None:
        node = keys.get(key)
        return read_text(self.source, node, key) if node else None

    def _moment(self, keys: Keys, key: str, zone: str) -> int | None:
        """An offset from the start, or an instant; None if it is not said, or wrong."""
        node = keys.get(key)
        if node is None:
            return None
        span = offset_of(node)
        if span is not None:
            return add(self.rows.start, span, zone)
        try:
            return cells.moment(cell_of(node), zone)
        except ValueError as error:
            self.source.report(node, "T206", str(error), "or count from the start, as -30d")
            return None
