"""`_defaults.yaml`: what the rules and steps of a folder, and of those below it, say where they say nothing.

The merge is shallow: a rule that has the key keeps its own value, whole. Nearer folders come first. The merged
nodes keep their places, so a mistake in a default is told where the default stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from types import MappingProxyType

from engine.ground.yamlio import Node
from engine.rulebook.actions import ACTIONS, unfit_keys
from engine.rulebook.cron import OF_LEADS, OF_MESSAGES
from engine.rulebook.reading import Keys, Source
from engine.rulebook.rules import RULE_KEYS, read_rule_defaults
from engine.rulebook.steps import STEP_KEYS, read_step_defaults

DEFAULTS = "_defaults.yaml"
STEP = "step"
RULE_DEFAULTS = tuple(key for key in RULE_KEYS if key not in ("id", "summary", "on", "steps", "renamed_from"))
STEP_DEFAULTS = tuple(key for key in STEP_KEYS if key not in ("id", "at", *ACTIONS, "template", "needs"))
_STEPS_OWN = tuple(key for key in STEP_KEYS if key not in (*STEP_DEFAULTS, "id"))
_BELONGS = MappingProxyType(
    {key: "each rule" for key in RULE_KEYS if key not in RULE_DEFAULTS}
    | dict.fromkeys(_STEPS_OWN, "each step")
    | {key: f'"{STEP}"' for key in STEP_DEFAULTS if key not in RULE_DEFAULTS}
)

_Pairs = tuple[tuple[Node, Node], ...]


@dataclass(frozen=True)
class Defaults:
    """What one `_defaults.yaml` says: pairs for rules, and pairs for their steps."""

    rule: _Pairs = ()
    step: _Pairs = ()


def read_defaults(source: Source, root: Node) -> Defaults:
    """The defaults of a file; its mistakes are recorded, also in values that no rule takes."""
    root = root.of_file(source.file)
    keys = Keys(source, root, "the defaults", (*RULE_DEFAULTS, STEP), elsewhere=_BELONGS)
    read_rule_defaults(keys)
    step = keys.get(STEP)
    if step is None:
        return Defaults(_known(root, RULE_DEFAULTS))
    step_keys = Keys(source, step, f'"{STEP}"', STEP_DEFAULTS, elsewhere=_BELONGS)
    read_step_defaults(step_keys)
    return Defaults(_known(root, RULE_DEFAULTS), _known(step, STEP_DEFAULTS))


def _known(node: Node, known: Sequence[str]) -> _Pairs:
    return tuple((name, value) for name, value in node.items() if name.value in known and value.value is not None)


def with_defaults(rule: Node, layers: Sequence[Defaults]) -> Node:
    """The rule with what it and its steps do not say themselves."""
    if rule.kind != "map" or not layers:
        return rule
    on = rule.get("on")
    scheduled = on is not None and on.get("schedule") is not None
    unfit = ("for", "until") if scheduled else ()
    merged = _filled(rule, (tuple(pair for pair in layer.rule if pair[0].value not in unfit) for layer in layers))
    pairs = tuple(
        (name, _filled_steps(value, layers, scheduled) if name.value == "steps" else value) for name, value in merged
    )
    return Node(rule.mark, pairs, "map")


def _filled_steps(steps: Node, layers: Sequence[Defaults], scheduled: bool) -> Node:
    if steps.kind != "list":
        return steps
    filled = (
        Node(s.mark, _filled(s, _fitting(s, layers, scheduled)), "map") if s.kind == "map" else s
        for s in steps.entries()
    )
    return Node(steps.mark, tuple(filled), "list")


def _fitting(step: Node, layers: Sequence[Defaults], scheduled: bool) -> Iterator[_Pairs]:
    """What the layers say for steps, without what has no meaning with this one's action, or in a schedule."""
    unfit = {key for word in ACTIONS if step.get(word) for key in unfit_keys(word)}
    unfit |= set(OF_LEADS) if scheduled else set(OF_MESSAGES) if step.get("digest") else set()
    for layer in layers:
        yield tuple(pair for pair in layer.step if pair[0].value not in unfit)


def _filled(node: Node, layers: Iterable[_Pairs]) -> _Pairs:
    pairs = list(node.items())
    said = {name.value for name, _ in pairs}
    for layer in layers:
        pairs += [(name, value) for name, value in layer if name.value not in said]
        said |= {name.value for name, _ in layer}
    return tuple(pairs)


def layers_for(file: str, found: Mapping[str, Defaults]) -> tuple[Defaults, ...]:
    """The defaults that hold for a file, the nearest first. `found` is by the file's path."""
    folders = PurePosixPath(file).parents
    return tuple(found[path] for folder in folders if (path := (folder / DEFAULTS).as_posix()) in found)
