"""What rules may speak of: fields with their types, templates, channels, festivals, vocabularies.

Built from config.yaml, the templates folder and the lead schema by whoever loads rules, so that the loader
itself knows no database.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from engine.domain.post import AT_ONCE, Post


class FieldType(StrEnum):
    TEXT = "text"
    INT = "int"
    NUMBER = "number"
    BOOL = "bool"
    DATE = "date"          # ISO text
    AGE = "age"            # an instant, compared by how long ago it is
    LIST = "list"
    REGION = "region"


@dataclass(frozen=True)
class FieldSpec:
    """One field a condition may read. `words` is its closed vocabulary, if any; `ranked`: the best comes first.

    `unranked` are those of its words that stand apart from the order.
    `refers` are other fields that may stand in place of a word: `assignee: previous_owner`.
    """

    path: str
    type: FieldType
    words: tuple[str, ...] = ()
    ranked: bool = False
    unranked: tuple[str, ...] = ()
    refers: tuple[str, ...] = ()


@dataclass(frozen=True)
class ChannelSpec:
    """A configured channel as rules see it: its kind, whom it can reach (`lead`, `rep`), and what time it takes."""

    name: str
    kind: str
    receivers: frozenset[str] = frozenset({"lead", "rep"})
    post: Post = AT_ONCE


@dataclass(frozen=True)
class Catalogue:
    """Everything a rule may name. Unknown names are errors with a "did you mean"."""

    fields: Mapping[str, FieldSpec]
    categories: tuple[str, ...]
    date_kinds: tuple[str, ...]
    festivals: tuple[str, ...]
    event_kinds: tuple[str, ...]
    record_timestamps: Mapping[str, str]          # "purchase.at" -> "purchase"
    lead_timestamps: tuple[str, ...]              # last_contact, last_attempt, registered, ...
    becomes: Mapping[str, tuple[str, ...]]        # field -> its vocabulary (() = free)
    due_fields: Mapping[str, bool]                # what `due` takes -> whether it is a date, not an instant
    outcomes: tuple[str, ...]
    purposes: tuple[str, ...]
    talk_channels: tuple[str, ...]                # how people talk with customers, as interactions name it
    counters: tuple[str, ...]
    epochs: tuple[str, ...]
    templates: Mapping[str, frozenset[str]]       # "greeting/birthday" -> formats found, e.g. {"txt", "html"}
    channels: Mapping[str, ChannelSpec]
    windows: tuple[str, ...] = ()
    never_open: frozenset[tuple[str, str, str]] = frozenset()  # (window, category, channel or "") without an hour
    reps: frozenset[str] = frozenset()            # known rep ids; empty: not checked
    touch_fields: Mapping[str, FieldSpec] = field(default_factory=dict)
    circumstance_fields: Mapping[str, FieldSpec] = field(default_factory=dict)
    rep_fields: Mapping[str, FieldSpec] = field(default_factory=dict)   # what `for` of a schedule reads
    team_fields: Mapping[str, FieldSpec] = field(default_factory=dict)
    solemn_festivals: frozenset[str] = frozenset()  # not days for wishes
    settable: Mapping[str, FieldSpec] = field(default_factory=dict)     # fields of a lead that somebody sets
    gate_fields: Mapping[str, FieldSpec] = field(default_factory=dict)  # actor.*, assignee.*, event.*: only gates
