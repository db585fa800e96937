"""A test file read into a RuleTest, or into every problem of it, each with its place."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from engine.desk.ruletests.actions import Actions
from engine.desk.ruletests.model import Action, RuleTest
from engine.desk.ruletests.rulesets import RuleSet, RuleSets
from engine.desk.ruletests.steps import Steps
from engine.desk.ruletests.switched import all_ids, named_in, switched_off
from engine.desk.ruletests.tables import Rows, cell_of
from engine.domain import cells
from engine.domain.civil import day_start
from engine.domain.people import LeadEntry, RepEntry
from engine.domain.records import RecordEntry
from engine.ground.errors import Problem
from engine.ground.yamlio import MAX_BYTES, Node, quoted, read_yaml
from engine.rulebook.parse_times import day_of
from engine.rulebook.reading import Keys, Source, read_choice, read_list, read_text, read_words
from engine.settings.load import read_settings
from engine.settings.model import Settings
from engine.stages.imports import terms_of

TEST_KEYS = (
    "summary", "rules", "inline", "enabled", "config", "start", "reps", "leads", "records", "interactions",
    "circumstances", "drafts", "steps",
)  # fmt: skip


@dataclass(frozen=True)
class People:
    """Who is in the test, and the days of their lives. Ids are also those of rows that hold mistakes."""

    reps: Sequence[RepEntry]
    leads: Sequence[LeadEntry]
    records: list[RecordEntry]
    rep_ids: tuple[str, ...]
    lead_ids: tuple[str, ...]

    def zones(self, default: str) -> dict[str, str]:
        """The leads' time zones by their ids."""
        read = {lead.id: str(lead.values.get("timezone") or default) for lead in self.leads}
        return dict.fromkeys(self.lead_ids, default) | read


@dataclass(frozen=True)
class File:
    """A test file and what reading it takes."""

    source: Source
    text: str
    folder: Path
    rulesets: RuleSets


def read_test(path: Path, rulesets: RuleSets, settings: Settings) -> tuple[RuleTest | None, tuple[Problem, ...]]:
    """The test, or why there is none. Mistakes in its rule files are kept by `rulesets`. OSError: no such file."""
    with path.open("rb") as stream:
        content = stream.read(MAX_BYTES + 1)
    name = rulesets.name(path)
    root, unreadable = read_yaml(content, name)
    source = Source(name, rulesets.catalogue(settings))
    source.told.extend(unreadable)
    text = content.decode("utf-8", "replace").removeprefix("\ufeff")
    found = None if root is None else _test(File(source, text, path.parent, rulesets), root, settings)
    problems = source.told.in_order()
    return (None if problems else found), problems


def _test(file: File, root: Node, settings: Settings) -> RuleTest | None:
    source = file.source
    keys = Keys(source, root, "the test", TEST_KEYS)
    if not keys.ok:
        return None
    settings = _overridden(source, keys.get("config"), settings)
    rules = _rules(file, keys, settings)
    start = _start(source, keys.require("start"), settings.defaults.timezone)
    steps_node = keys.require("steps")
    if start is None or rules is None:
        return None
    rows = Rows(source, terms_of(settings), *start)
    people = _people(keys, rows)
    zones = people.zones(settings.defaults.timezone)
    actions = Actions(source, rows, settings, rules.book, zones, people.rep_ids)
    before = _before(keys, actions)
    test = RuleTest(
        source.file, _text(keys, "summary"), settings, rules, *start, next(iter(zones.values()), rows.terms.timezone),
        tuple(people.reps), tuple(people.leads), tuple(people.records), before, signs=_signs(keys), zones=zones,
    )  # fmt: skip
    reader = Steps(source, actions, test, people.rep_ids)
    return reader.put_into_test(read_list(source, steps_node, "steps") if steps_node else ())


def _start(source: Source, node: Node | None, zone: str) -> tuple[int, date] | None:
    """The first instant, and the civil date that is written there."""
    text = read_text(source, node, "start") if node else None
    if node is None or text is None:
        return None
    day = day_of(text)
    try:
        if day is not None and 1900 <= day.year <= 2200:
            return day_start(day, zone), day
        return cells.moment(text, zone), datetime.fromisoformat(text).date()
    except ValueError:
        source.report(node, "T206", f"{quoted(text)} is no start", "write 2026-02-14 or 2026-02-14T00:00+08:00")
        return None


def _rules(file: File, keys: Keys, settings: Settings) -> RuleSet | None:
    """Those of the named files, and those of the test itself."""
    inline = keys.get("inline")
    node = keys.get("rules") if inline else keys.require("rules")
    paths: list[Path] = []
    for entry in read_list(file.source, node, "rules") if node else ():
        text = read_text(file.source, entry, "rules")
        if text is not None and not (file.folder / text).is_file():
            hint = "paths count from the folder of the test"
            file.source.report(entry, "T201", f"there is no rule file {quoted(text)}", hint)
        elif text is not None:
            paths.append(file.folder / text)
    if len(paths) < len(node.entries() if node else ()) or not (paths or inline):
        return None
    own = ((file.source.file, _alone(file.text, keys.node, inline)),) if inline else ()
    rules, on, steps = file.rulesets.load(paths, settings, own), keys.get("enabled"), keys.get("steps")
    if rules is None:
        return None
    said = read_words(file.source, on, "enabled", "T213", "rule, policy or gate", all_ids(rules.book)) if on else ()
    wanted = {*said, *(named_in(steps) if steps else ())}.intersection(switched_off(rules.book))
    return file.rulesets.load(paths, settings, own, tuple(sorted(wanted))) if wanted else rules


def _alone(text: str, root: Node, value: Node) -> str:
    """The text with nothing left but that value of the root, each character of it where it was."""
    later = [key.mark.line for key, _ in root.items() if key.mark.line > value.mark.line]
    lines = text.split("\n")
    first, end = value.mark.line - 1, min(later, default=len(lines) + 1) - 1
    kept = [" " * (value.mark.col - 1) + lines[first][value.mark.col - 1 :], *lines[first + 1 : end]]
    return "\n".join([""] * first + kept)


def _overridden(source: Source, node: Node | None, settings: Settings) -> Settings:
    """config.yaml with the keys that the test changes."""
    if node is None:
        return settings
    if node.kind != "map":
        source.report(node, "R101", '"config" must be a mapping of keys of config.yaml')
        return settings
    # JSON is YAML too, so the changed whole goes through the one reader of settings.
    merged = json.dumps(_merged(settings.model_dump(mode="json"), node.plain()))
    changed, problems = read_settings(merged, source.file)
    for problem in problems:
        source.report(node, "T210", f"config: {problem.message}", problem.hint)
    return changed or settings


def _merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Mappings key by key; anything else replaces what was there."""
    both = {key: _merged(old[key], value) for key, value in new.items() if _are_maps(old.get(key), value)}
    return {**old, **new, **both}


def _are_maps(old: object, new: object) -> bool:
    return isinstance(old, dict) and isinstance(new, dict)


def _people(keys: Keys, rows: Rows) -> People:
    reps, leads = keys.get("reps"), keys.get("leads")
    found, dates = rows.leads(leads) if leads else ([], [])
    return People(rows.reps(reps) if reps else [], found, dates, _ids(reps), _ids(leads))


def _ids(rows: Node | None) -> tuple[str, ...]:
    ids = (row.get("id") for row in rows.entries()) if rows else ()
    return tuple(cell_of(node) for node in ids if node is not None)


def _before(keys: Keys, actions: Actions) -> tuple[Action, ...]:
    """What had happened before the start: written as actions are."""
    found: list[Action] = []
    for key, word in (("records", "record"), ("interactions", "log"), ("circumstances", "circumstance")):
        node = keys.get(key)
        for entry in read_list(keys.source, node, key) if node else ():
            action = actions.of(word, entry, entry)
            if action is not None:
                found.append(action)
    return tuple(found)


def _signs(keys: Keys) -> bool:
    node = keys.get("drafts")
    words = ("signed", "unsigned")
    return node is None or read_choice(keys.source, node, "drafts", "T211", "choice", words) != "unsigned"


def _text(keys: Keys, key: str) -> str:
    node = keys.get(key)
    return (node and read_text(keys.source, node, key)) or ""
