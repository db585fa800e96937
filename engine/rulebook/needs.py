"""`needs: {warn: 3d}`: a step that is done only if another one of its occasion reached somebody so long before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.ground.durations import Duration
from engine.ground.yamlio import Node, quoted
from engine.rulebook.parse_times import read_duration
from engine.rulebook.reading import Keys, Source, read_text, shown

Needs = tuple[tuple[str, Duration], ...]
"""Steps of the same rule, each with how long before it must have reached somebody."""


def read_needs(keys: Keys) -> Needs:
    """What it needs; empty where it needs nothing. Whether those steps are there, `check_needed` says."""
    source, node = keys.source, keys.get("needs")
    if node is None:
        return ()
    hint = "write the step and how long before, e.g. {warn: 3d}"
    if node.kind != "map":
        source.report(node, "R101", f'"needs" must be a mapping, not {shown(node)}', hint)
    elif not node.items():
        source.report(node, "R112", '"needs" names no step', hint)
    return tuple(_pairs(source, node))


def _pairs(source: Source, node: Node) -> Iterator[tuple[str, Duration]]:
    for name, value in node.items():
        step = read_text(source, name, "needs")
        span = read_duration(source, value, f"needs {step}", office=True) if step else None
        if step and span:
            yield step, span


def check_needed(source: Source, steps: Sequence[Node]) -> None:
    """A step can need those that stand above it: nothing waits for itself, or in a circle."""
    above: list[str] = []
    for step in steps:
        needs, id_node = step.get("needs"), step.get("id")
        for name, _ in needs.items() if needs is not None else ():
            if isinstance(name.value, str) and name.value not in above:
                source.unknown(name, "R228", f"no step {quoted(name.value)} above this one", name.value, above)
        if id_node is not None and isinstance(id_node.value, str):
            above.append(id_node.value)
