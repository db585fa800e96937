"""`purpose: courtesy`: what the talk was for, when somebody answers this reminder with one."""

from __future__ import annotations

from engine.domain.words import Action
from engine.rulebook.reading import Keys, read_choice


def read_purpose(keys: Keys, action: Action | None) -> str:
    """A purpose of config.yaml; "" where none is said."""
    source, node = keys.source, keys.get("purpose")
    if node is None:
        return ""
    if action is not None and action is not Action.REMIND:
        source.report(keys.names["purpose"], "R220", f'"purpose" goes with remind, not with {action}')
    return read_choice(source, node, "purpose", "R226", "purpose", source.catalogue.purposes) or ""
