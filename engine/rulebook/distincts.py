"""`distinct: {from: [last_year, neighbours], max_similarity: 0.8, otherwise: warn}`: no two customers read the same."""

from __future__ import annotations

from engine.domain.words import Action
from engine.ground.yamlio import Node
from engine.rulebook.model import Distinct
from engine.rulebook.reading import Keys, Source, read_choice, read_words, shown

DISTINCT_KEYS = ("from", "max_similarity", "otherwise")
FROM = ("last_year", "neighbours")
OTHERWISE = ("warn", "hold")
USUAL = 0.8


def read_distinct(keys: Keys, action: Action | None) -> Distinct | None:
    """What a greeting is compared with; None where the step says nothing, or has a mistake."""
    source, node = keys.source, keys.get("distinct")
    if node is None:
        return None
    if action is not None and action is not Action.GREET:
        source.report(keys.names["distinct"], "R220", f'"distinct" goes with greet, not with {action.value}')
    inner = Keys(source, node, '"distinct"', DISTINCT_KEYS)
    from_node, most, otherwise = inner.require("from"), inner.get("max_similarity"), inner.get("otherwise")
    words = read_words(source, from_node, "from", "R222", "comparison", FROM) if from_node else ()
    similarity = _similarity(source, most) if most else USUAL
    word = read_choice(source, otherwise, "otherwise", "R222", "choice", OTHERWISE) if otherwise else "warn"
    if not words or similarity is None or word is None:
        return None
    return Distinct("last_year" in words, "neighbours" in words, similarity, word == "hold")


def _similarity(source: Source, node: Node) -> float | None:
    number = node.value
    if not isinstance(number, int | float) or isinstance(number, bool):
        source.report(node, "R103", f'"max_similarity" must be a number, not {shown(node)}', "write e.g. 0.8")
        return None
    if not 0 < number <= 1:
        source.report(node, "R109", f'"max_similarity" must lie above 0 and up to 1, not at {number}')
        return None
    return float(number)
