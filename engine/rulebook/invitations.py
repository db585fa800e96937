"""`invite: true`: an invitation to the appointment goes with the mail."""

from __future__ import annotations

from engine.domain.words import Action
from engine.rulebook.reading import Keys, read_flag
from engine.rulebook.trigger_kinds import DueTrigger, Trigger

APPOINTMENT = "appointment.starts"
"""The one thing a rule may wait for that has an hour of its own."""


def read_invite(keys: Keys, trigger: Trigger | None, action: Action | None) -> bool:
    """Whether its mails carry an invitation."""
    source, node = keys.source, keys.get("invite")
    if node is None or not read_flag(source, node, "invite"):
        return False
    name = keys.names["invite"]
    if action is not None and action not in (Action.REMIND, Action.GREET):
        source.report(name, "R220", f'"invite" goes with remind or greet, not with {action}')
    elif trigger is not None and not (isinstance(trigger, DueTrigger) and trigger.field == APPOINTMENT):
        hint = f"it goes with on: {{due: {APPOINTMENT}}}"
        source.report(name, "R220", '"invite" needs an hour to invite to, and this trigger has none', hint)
    elif keys.get("gather"):
        source.report(name, "R220", '"invite" and "gather" exclude each other', "keep one of them")
    return True
