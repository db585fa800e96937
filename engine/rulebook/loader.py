"""Rule files to a RuleBook, or to every problem in them.

The one way in: check, start-up, reload, rehearsals and tests use it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from operator import attrgetter
from pathlib import Path

from engine.ground.collector import collector_at_rest
from engine.ground.errors import BadConfig, Problem
from engine.ground.yamlio import MAX_BYTES, Node, read_yaml
from engine.rulebook.catalogue import Catalogue, FieldSpec
from engine.rulebook.changes import report_names_in_use
from engine.rulebook.defaults import DEFAULTS, layers_for, read_defaults, with_defaults
from engine.rulebook.gates import read_gate
from engine.rulebook.model import Gate, Policy, Rule, RuleBook
from engine.rulebook.policies import read_policy
from engine.rulebook.reading import Keys, Source, read_list
from engine.rulebook.rules import read_rule, report_repeated_ids
from engine.rulebook.told import Told

SECTIONS = ("rules", "policies", "gates")


@dataclass(frozen=True)
class Entries:
    """What the files hold, before it is read: rules with their defaults, policies and gates, each with its file."""

    rules: list[tuple[Source, Node]]
    policies: list[tuple[Source, Node]]
    gates: list[tuple[Source, Node]]


def read_rule_files(folder: Path) -> dict[str, bytes]:
    """Every rule file of the folder and below, by names like `rules/greetings.yaml`.

    Rule tests (`*.test.yaml`) and hidden files are left out.

    BadConfig if the folder or a file cannot be read.
    """
    if not folder.is_dir():
        hint = "create it or mend config.yaml"
        raise BadConfig([Problem(str(folder), 1, 1, "R100", "there is no such folder", hint)])
    paths = {path.relative_to(folder): path for path in sorted(folder.rglob("*")) if path.is_file()}
    chosen = [(name, path) for name, path in paths.items() if _is_rule_file(name)]
    return {f"{folder.name}/{name.as_posix()}": _content(path) for name, path in chosen}


def _is_rule_file(path: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.parts)
    return path.suffix in (".yaml", ".yml") and not hidden and not path.stem.endswith(".test")


def _content(path: Path) -> bytes:
    """The file, or as much of it as shows that it is too large."""
    try:
        with path.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise BadConfig([Problem(str(path), 1, 1, "R100", f"cannot be read: {error.strerror}")]) from error


@collector_at_rest()
def load_rulebook(
    files: Mapping[str, str | bytes], catalogue: Catalogue, without: Collection[str] = ()
) -> tuple[RuleBook | None, tuple[Problem, ...]]:
    """The rules, policies and gates of all files, in the order of their ids, with every problem, sorted by place.

    The book is None if any problem is an error. Any bytes are taken; nothing is raised. Rules `without` whose ids it
    is made are not read; policies may still name them.
    """
    told = Told()
    entries = read_sections(files, catalogue, told)
    wanted = [(source, node) for source, node in entries.rules if id_in(node) not in without]
    report_repeated_ids(wanted, "rule")
    report_repeated_ids(entries.policies, "policy")
    report_repeated_ids(entries.gates, "gate")
    report_names_in_use(wanted)
    rules = [rule for source, node in wanted if (rule := read_rule(source, node))]
    naming = _with_ids(catalogue, [node for _, node in entries.rules])
    policies = [
        policy
        for source, node in entries.policies
        if (policy := read_policy(replace(source, catalogue=naming), node))
    ]
    gates = [gate for source, node in entries.gates if (gate := read_gate(source, node))]
    found = told.in_order()
    if any(problem.severity == "error" for problem in found):
        return None, found
    return _book(rules, policies, gates, {name: _text(content) for name, content in sorted(files.items())}), found


def _book(
    rules: Iterable[Rule], policies: Iterable[Policy], gates: Iterable[Gate], texts: Mapping[str, str]
) -> RuleBook:
    """All by their ids; policies and gates that are switched off stand apart, so that nobody asks them."""
    by_id = attrgetter("id")
    policies, gates = sorted(policies, key=by_id), sorted(gates, key=by_id)
    return RuleBook(
        tuple(sorted(rules, key=by_id)),
        tuple(policy for policy in policies if policy.enabled),
        _digest(texts), texts,
        tuple(gate for gate in gates if gate.enabled),
        off=(*(one for one in policies if not one.enabled), *(one for one in gates if not one.enabled)),
    )  # fmt: skip


def read_sections(files: Mapping[str, str | bytes], catalogue: Catalogue, told: Told) -> Entries:
    """The entries of all files as nodes; what is wrong with the files themselves is added to `told`."""
    roots: list[tuple[Source, Node]] = []
    for name in sorted(files):
        root, unreadable = read_yaml(files[name], name)
        told.extend(unreadable)
        if root is not None and root.value is not None:
            roots.append((Source(name, catalogue, told), root))
    defaults = {source.file: read_defaults(source, root) for source, root in roots if _is_defaults(source.file)}
    entries = Entries([], [], [])
    for source, root in roots:
        if source.file not in defaults:
            _collect(source, root, entries)
    layers = {source.file: layers_for(source.file, defaults) for source, _ in roots}
    merged = [(source, with_defaults(node, layers[source.file])) for source, node in entries.rules]
    return Entries(merged, entries.policies, entries.gates)


def _is_defaults(name: str) -> bool:
    return name.rpartition("/")[2] == DEFAULTS


def _collect(source: Source, root: Node, entries: Entries) -> None:
    keys = Keys(source, root, "the file", SECTIONS)
    for section, found in zip(SECTIONS, (entries.rules, entries.policies, entries.gates), strict=True):
        node = keys.get(section)
        if node is None or node.value == ():
            continue
        found.extend((source, entry) for entry in read_list(source, node, section))


def _with_ids(catalogue: Catalogue, rules: Iterable[Node]) -> Catalogue:
    """The catalogue in which a policy's `rule` and `step` take the ids that the files have."""
    rule_ids: set[str] = set()
    step_ids: set[str] = set()
    for rule in rules:
        rule_ids.add(id_in(rule))
        steps = rule.get("steps")
        step_ids.update(id_in(step) for step in (steps.entries() if steps else ()))
    known = dict(catalogue.touch_fields)
    for path, ids in (("rule", rule_ids), ("step", step_ids)):
        spec = known.get(path)
        if spec is not None:
            known[path] = FieldSpec(path, spec.type, tuple(sorted(ids - {""})))
    return replace(catalogue, touch_fields=known)


def id_in(node: Node) -> str:
    """The id that an entry writes, whatever it looks like; "" if there is none."""
    id_node = node.get("id")
    return id_node.value if id_node is not None and isinstance(id_node.value, str) else ""


def _text(content: str | bytes) -> str:
    return content.decode("utf-8") if isinstance(content, bytes) else content


def _digest(texts: Mapping[str, str]) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for name, text in texts.items():
        for part in (name, text):
            data = part.encode()
            digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()
