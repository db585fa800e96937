"""`gather: true`: one message tells a colleague of all customers for whom the step comes up at once."""

from __future__ import annotations

from engine.domain.words import Action
from engine.rulebook.reading import Keys, read_flag
from engine.rulebook.trigger_kinds import ScheduleTrigger, Trigger


def read_gather(keys: Keys, trigger: Trigger | None, action: Action | None) -> bool:
    """Whether what the step releases for one receiver in one pass is one message."""
    source, node = keys.source, keys.get("gather")
    if node is None or not read_flag(source, node, "gather"):
        return False
    name = keys.names["gather"]
    if action is not None and action is not Action.REMIND:
        source.report(name, "R220", f'"gather" goes with remind, not with {action}')
    elif isinstance(trigger, ScheduleTrigger):
        message = '"gather" lists the customers of several occasions, and a schedule has none'
        source.report(name, "R220", message, "use digest")
    elif keys.get("level"):
        source.report(name, "R220", '"gather" and "level" exclude each other', "keep one of them")
    return True
